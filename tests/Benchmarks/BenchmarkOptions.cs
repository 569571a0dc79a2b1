using System.Globalization;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Benchmarks;

/// <summary>Which rivals take part.</summary>
internal enum Rivals
{
    None,
    Onnx,
    Libtorch,
    All,
}

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    public const string Usage = """
        Times whole networks with random weights against ONNX Runtime and libtorch and writes benchmarks.md and benchmarks.json,
        or, with --accuracy, measures what the fast algorithms of convolutions change and writes accuracy.md and accuracy.json.

          dotnet run -c Release --project tests/Benchmarks -- [OPTIONS]

          --device     where to run: cpu, opencl:0, cuda:0 [default: cpu]
          --against    none, onnx, libtorch or all; libtorch is built first and downloaded once, 200 MB [default: all]
          --threads    threads of the cpu device and of the rivals [default: one per physical core]
          --runs       timed runs of each side, after two seconds of others and each after one more [default: 7]
          --only       only workloads whose name contains this
          --algorithm  how convolutions are computed: auto, direct, winograd2, winograd4 [default: auto]
          --output     folder for the results [default: artifacts/benchmarks]
          --accuracy   fast against exact: a trajectory of 50 steps and 200 steps of training
        """;

    public string Device { get; private set; } = "cpu";

    public Rivals Against { get; private set; } = Rivals.All;

    public int Threads { get; private set; } = ProcessorCount.FromEnvironment();

    public int Runs { get; private set; } = 7;

    public string Only { get; private set; } = "";

    public ConvolutionAlgorithm Algorithm { get; private set; } = ConvolutionAlgorithm.Auto;

    public string Output { get; private set; } = Path.Combine("artifacts", "benchmarks");

    public bool Accuracy { get; private set; }

    /// <exception cref="ArgumentException">An option is unknown or its value is not one.</exception>
    public static BenchmarkOptions Parse(string[] arguments)
    {
        var options = new BenchmarkOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--accuracy")
            {
                options.Accuracy = true;
                continue;
            }

            var name = arguments[i++];
            options.Set(name, i < arguments.Length ? arguments[i] : throw new ArgumentException($"'{name}' is not followed by a value."));
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
            case "--against":
                Against = Named<Rivals>(value, "rival");
                break;
            case "--threads":
                Threads = Positive(value, "threads");
                break;
            case "--runs":
                Runs = Positive(value, "runs");
                break;
            case "--only":
                Only = value;
                break;
            case "--algorithm":
                Algorithm = Named<ConvolutionAlgorithm>(value, "algorithm");
                break;
            case "--output":
                Output = value;
                break;
            default:
                throw new ArgumentException($"There is no option '{name}'.");
        }
    }

    private static int Positive(string value, string what) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArgumentException($"'{value}' is not a number of {what}.");

    private static T Named<T>(string value, string what)
        where T : struct, Enum =>
        Enum.TryParse<T>(value, ignoreCase: true, out var named) && Enum.IsDefined(named)
            ? named
            : throw new ArgumentException(
                $"'{value}' is not one of: {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()} ({what}).");
}
