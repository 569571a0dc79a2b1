using System.Globalization;
using System.Text.Json;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Tests.Cases;
using KernelDiff.Kernels.Tests.Planted;

// The child process: reads keys of cases from standard input, reports each on standard output before it begins the next.
// Modes: sim, opencl (every variant of registered cases), planted (kernels with faults, on OpenCL).
// `cases DEVICE [PART PARTS]` is no child's mode: it runs all cases, or a part of them, on a machine that has the device but no SDK.
if (args is ["cases", var target, .. var share])
{
    return RunCases(target, share);
}

var deviceName = args is ["sim"] ? "sim" : "opencl:0";
using var device = DeviceCatalog.Open(deviceName, new DeviceOptions
{
    Memory = deviceName == "sim" ? MemoryMode.Guarded : MemoryMode.Exact,
});
var log = Environment.GetEnvironmentVariable("OCLGRIND_LOG");
var logged = 0;
while (Console.In.ReadLine() is { } key)
{
    var failure = (args is ["planted"] ? RunPlanted(key) : RunCase(key)) ?? NewReports();
    Console.WriteLine(JsonSerializer.Serialize(new ChildReport(key, failure)));
}

return 0;

static int RunCases(string name, string[] share)
{
    using var target = DeviceCatalog.Open(name, new DeviceOptions { Memory = MemoryMode.Guarded });
    var (checks, failures) = share is [var part, var parts]
        ? CaseSweep.Run(target, int.Parse(part, CultureInfo.InvariantCulture), int.Parse(parts, CultureInfo.InvariantCulture))
        : CaseSweep.Run(target);
    foreach (var failure in failures)
    {
        Console.WriteLine(failure);
    }

    Console.WriteLine($"{target.Description.Hardware}: {checks - failures.Count} passed, {failures.Count} failed");
    return failures.Count == 0 ? 0 : 1;
}

string? RunPlanted(string fault)
{
    PlantedFaults.All[fault]((GpuDevice)device);
    return null;
}

string? RunCase(string key)
{
    var (operation, operationCase) = CaseSource.Find(key);
    string? failure = null;
    try
    {
        CaseAssertions.ForEachVariant(device, operation, variant =>
        {
            using var run = new CaseRun(device, operationCase);
            var launched = CaseAssertions.Launch(device, operation, run);
            var result = run.Compare(variant: launched);
            failure ??= result.Passed ? null : $"{launched} for {variant}: {result.Message}";
        });
    }
    catch (Exception exception)
    {
        failure ??= exception.ToString();
    }

    return failure;
}

string? NewReports()
{
    if (log is null || !File.Exists(log))
    {
        return null;
    }

    device.Synchronize();
    var all = File.ReadAllText(log);
    var text = all[logged..].Trim();
    logged = all.Length;
    if (text.Length == 0)
    {
        return null;
    }

    // Every kind of report once with its count, then the first one whole.
    var kinds = text.Split('\n')
        .Where(line => line.Length > 0 && !char.IsWhiteSpace(line[0]))
        .CountBy(line => line.Split(" 0x")[0])
        .Select(kind => $"{kind.Value} x {kind.Key}");
    return string.Join('\n', kinds) + "\n" + text[..Math.Min(text.Length, 1000)];
}
