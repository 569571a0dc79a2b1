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

Directory.CreateDirectory(options.Output);
if (options.Accuracy)
{
    var accuracy = AccuracyReport.Measure(options.Threads, Console.Error.WriteLine);
    Write("accuracy", accuracy.ToJson(), accuracy.ToMarkdown());
    return 0;
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
Write("benchmarks", report.ToJson(), report.ToMarkdown());
return 0;

void Write(string name, string json, string markdown)
{
    File.WriteAllText(Path.Combine(options.Output, name + ".json"), json);
    File.WriteAllText(Path.Combine(options.Output, name + ".md"), markdown);
    Console.Out.Write(markdown);
}
