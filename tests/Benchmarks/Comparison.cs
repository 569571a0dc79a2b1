using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Benchmarks;

/// <summary>Runs one workload on every side: outputs are compared, then the sides take turns, none running while another does.</summary>
internal static class Comparison
{
    /// <summary>Column of this engine.</summary>
    public const string Own = "KernelDiff";

    /// <summary>Column of ONNX Runtime.</summary>
    public const string Onnx = "ONNX Runtime";

    /// <summary>Column of libtorch.</summary>
    public const string Libtorch = "libtorch";

    /// <summary>
    /// The largest difference of outputs, as a part of the largest value, with which two sides still compute the same thing. Correct fast
    /// convolutions reach some 1e-5; a mistake in the network reaches 1e-2 and more.
    /// </summary>
    private const double LargestDifference = 1e-3;

    /// <summary>Threads of the side before may still spin for some milliseconds.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);

    /// <summary>Until .NET has compiled for the second time what runs often, and arenas and caches of all sides have their size.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public static ComparisonResult Run(BenchmarkCase benchmark, BenchmarkOptions options, Func<string> libtorchProgram)
    {
        var folder = Directory.CreateTempSubdirectory("kerneldiff-benchmark-").FullName;
        var sides = new List<SideProcess>();
        try
        {
            var results = new Dictionary<string, SideResult>();
            WorkloadFolder.Write(folder, benchmark.Workload, HasOnnx(benchmark, options));
            foreach (var (name, start) in Starts(benchmark, options, folder, libtorchProgram))
            {
                try
                {
                    sides.Add(start());
                }
                catch (SideException exception) when (name != Own)
                {
                    Console.Error.WriteLine($"  {name}: {exception.Message}");
                    results[name] = new SideResult(name, Fault: exception.Message);
                }
            }

            var differences = Differences(sides, Path.Combine(folder, "output"));
            var seconds = TakeTurns(sides, options.Runs);
            foreach (var side in sides)
            {
                var memory = side.Memory();
                results[side.Name] = new SideResult(
                    side.Name,
                    side.Description,
                    SampleSummary.Of(seconds[side.Name]),
                    differences.GetValueOrDefault(side.Name),
                    memory.PeakRunBytes,
                    memory.PeakBytes,
                    memory.PeakDeviceBytes);
            }

            return ComparisonResult.Of(benchmark, options.Device, [.. results.Values.OrderBy(result => Array.IndexOf([Own, Onnx, Libtorch], result.Name))]);
        }
        finally
        {
            sides.ForEach(side => side.Dispose());
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool HasOnnx(BenchmarkCase benchmark, BenchmarkOptions options) =>
        options.Against is Rivals.Onnx or Rivals.All && !benchmark.Workload.IsTraining;

    private static IEnumerable<(string Name, Func<SideProcess> Start)> Starts(
        BenchmarkCase benchmark, BenchmarkOptions options, string folder, Func<string> libtorchProgram)
    {
        var (own, threads) = (typeof(Comparison).Assembly.Location, $"{options.Threads}");
        yield return (Own, () => SideProcess.Start(
            Own, own, SideArguments.Own, folder, threads, options.Device, options.Algorithm.ToString()));
        if (HasOnnx(benchmark, options))
        {
            yield return (Onnx, () => SideProcess.Start(Onnx, own, SideArguments.Onnx, folder, threads));
        }

        if (options.Against is Rivals.Libtorch or Rivals.All)
        {
            yield return (Libtorch, () => SideProcess.Start(Libtorch, libtorchProgram(), folder, threads));
        }
    }

    /// <summary>Largest difference of each rival's output from ours, as a part of the largest value.</summary>
    private static Dictionary<string, double> Differences(List<SideProcess> sides, string path)
    {
        var differences = new Dictionary<string, double>();
        var expected = sides[0].Output(path);
        var largest = (double)expected.Max(MathF.Abs);
        foreach (var side in sides.Skip(1))
        {
            var found = side.Output(path);
            if (found.Length != expected.Length)
            {
                throw new InvalidOperationException($"{side.Name} gives {found.Length} values, {Own} {expected.Length}.");
            }

            var difference = found.Zip(expected, (one, other) => MathF.Abs(one - other)).Max() / largest;
            differences[side.Name] = difference < LargestDifference
                ? difference
                : throw new InvalidOperationException($"{side.Name} computes something else: the outputs differ by {difference:G3} of the largest value.");
        }

        return differences;
    }

    private static Dictionary<string, List<double>> TakeTurns(List<SideProcess> sides, int runs)
    {
        foreach (var side in sides)
        {
            Thread.Sleep(Pause);
            var spent = 0.0;
            while (spent < WarmUp.TotalSeconds)
            {
                spent += side.Run();
            }
        }

        var seconds = sides.ToDictionary(side => side.Name, _ => new List<double>());
        for (var round = 0; round < runs; round++)
        {
            foreach (var side in sides)
            {
                Thread.Sleep(Pause);
                side.Run();
                seconds[side.Name].Add(side.Run());
            }
        }

        return seconds;
    }
}

/// <summary>The first argument of this program where it hosts a side; the workload's folder and the number of threads follow.</summary>
internal static class SideArguments
{
    /// <summary>This engine; device and algorithm follow.</summary>
    public const string Own = "side:kerneldiff";

    /// <summary>ONNX Runtime.</summary>
    public const string Onnx = "side:onnx";
}
