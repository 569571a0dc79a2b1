using System.Globalization;
using KernelDiff.Benchmarks;
using KernelDiff.Kernels;

switch (args)
{
    case [SideArguments.Own, var folder, var threads, var device, var algorithm]:
        return SideHost.Serve(() => new KernelDiffSide(
            folder, device, int.Parse(threads, CultureInfo.InvariantCulture), Enum.Parse<ConvolutionAlgorithm>(algorithm)));
    case [SideArguments.Onnx, var folder, var threads]:
        return SideHost.Serve(() => new OnnxRuntimeSide(folder, int.Parse(threads, CultureInfo.InvariantCulture)));
}

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

var cases = BenchmarkCase.All.Where(benchmark => benchmark.Name.Contains(options.Only, StringComparison.OrdinalIgnoreCase)).ToList();
if (cases.Count == 0)
{
    Console.Error.WriteLine($"No workload's name contains '{options.Only}'. There are: {string.Join("; ", BenchmarkCase.All.Select(benchmark => benchmark.Name))}.");
    return 2;
}

var libtorch = new Lazy<string>(LibtorchProgram.Build);
var results = new List<ComparisonResult>();
foreach (var benchmark in cases)
{
    Console.Error.WriteLine(benchmark.Name);
    results.Add(Comparison.Run(benchmark, options, () => libtorch.Value));
}

var report = BenchmarkReport.Of(options, results);
Directory.CreateDirectory(options.Output);
File.WriteAllText(Path.Combine(options.Output, "benchmarks.json"), report.ToJson());
File.WriteAllText(Path.Combine(options.Output, "benchmarks.md"), report.ToMarkdown());
Console.Out.Write(report.ToMarkdown());
return 0;
