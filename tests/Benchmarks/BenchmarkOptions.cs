using System.Globalization;
using KernelDiff.Kernels;

namespace KernelDiff.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    public const string Usage = """
        Times whole networks with random weights and writes benchmarks.md and benchmarks.json.

          dotnet run -c Release --project tests/Benchmarks -- [--device NAME] [--runs N] [--only TEXT] [--algorithm NAME] [--output DIR]

          --device     where to run: cpu, opencl:0, cuda:0 [default: cpu]
          --runs       timed runs of each workload, after two to warm up [default: 7]
          --only       only workloads whose name contains this
          --algorithm  how convolutions are computed: auto, direct, winograd2, winograd4 [default: auto]
          --output     folder for the results [default: artifacts/benchmarks]
        """;

    public string Device { get; private set; } = "cpu";

    public int Runs { get; private set; } = 7;

    public string Only { get; private set; } = "";

    public ConvolutionAlgorithm Algorithm { get; private set; } = ConvolutionAlgorithm.Auto;

    public string Output { get; private set; } = Path.Combine("artifacts", "benchmarks");

    /// <exception cref="ArgumentException">An option is unknown or its value is not one.</exception>
    public static BenchmarkOptions Parse(string[] arguments)
    {
        var options = new BenchmarkOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var (name, value) = (arguments[i], i + 1 < arguments.Length ? arguments[i + 1] : null);
            options.Set(name, value ?? throw new ArgumentException($"'{name}' is not followed by a value."));
        }

        return options;
    }

    private void Set(string name, string value)
    {
        switch (name)
        {
            case "--device":
                Device = value;
                break;
            case "--runs":
                Runs = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var runs) && runs > 0
                    ? runs
                    : throw new ArgumentException($"'{value}' is not a number of runs.");
                break;
            case "--only":
                Only = value;
                break;
            case "--algorithm":
                Algorithm = Enum.TryParse<ConvolutionAlgorithm>(value, ignoreCase: true, out var algorithm)
                    ? algorithm
                    : throw new ArgumentException($"'{value}' is not an algorithm.");
                break;
            case "--output":
                Output = value;
                break;
            default:
                throw new ArgumentException($"There is no option '{name}'.");
        }
    }
}
