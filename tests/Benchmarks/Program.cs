using System.Diagnostics;
using KernelDiff.Benchmarks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Measurement;

const int WarmUps = 2;

BenchmarkOptions options;
try
{
    options = BenchmarkOptions.Parse(args);
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n\n{BenchmarkOptions.Usage}");
    return 2;
}

var workloads = BenchmarkWorkload.All.Where(workload => workload.Name.Contains(options.Only, StringComparison.OrdinalIgnoreCase)).ToList();
if (workloads.Count == 0)
{
    Console.Error.WriteLine($"No workload's name contains '{options.Only}'. There are: {string.Join("; ", BenchmarkWorkload.All.Select(workload => workload.Name))}.");
    return 2;
}

using var device = DeviceCatalog.Open(options.Device);
device.Algorithm = options.Algorithm;
var results = new List<BenchmarkResult>();
foreach (var workload in workloads)
{
    Console.Error.WriteLine(workload.Name);
    results.Add(Measure(device, workload, options.Runs));
}

var report = BenchmarkReport.Of(device, results);
Directory.CreateDirectory(options.Output);
File.WriteAllText(Path.Combine(options.Output, "benchmarks.json"), report.ToJson());
File.WriteAllText(Path.Combine(options.Output, "benchmarks.md"), report.ToMarkdown());
Console.Out.Write(report.ToMarkdown());
return 0;

static BenchmarkResult Measure(Device device, BenchmarkWorkload workload, int runs)
{
    device.Pool.Trim();
    device.Pool.ResetPeak();
    using var session = new Session(device);
    var (run, network) = workload.Create(session);
    using (network)
    {
        for (var i = 0; i < WarmUps; i++)
        {
            run();
        }

        GC.Collect();
        var seconds = new double[runs];
        for (var i = 0; i < runs; i++)
        {
            var start = Stopwatch.GetTimestamp();
            run();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return new BenchmarkResult(workload.Name, workload.Images, SampleSummary.Of(seconds), device.Pool.PeakBytes);
    }
}
