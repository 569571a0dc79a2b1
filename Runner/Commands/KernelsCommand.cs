using KernelDiff.Kernels;
using KernelDiff.Kernels.Cases;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff kernels</c>: the registry, operation by operation, variant by variant.</summary>
internal sealed class KernelsCommand : RunnerCommand
{
    private readonly IReadOnlyList<Operation> operations;

    /// <param name="console">Where to write.</param>
    /// <param name="operations">The operations to list.</param>
    public KernelsCommand(RunnerConsole console, IReadOnlyList<Operation> operations)
        : base(console, "kernels", "List the operations, their variants and the devices that run them.")
    {
        this.operations = operations;
        Options.Add(GlobalOptions.Json);
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff kernels", "every operation and its variants"),
        ("kerneldiff kernels --json", "also the shapes that bench times and the names of the kernels"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Devices are cpu; gpu: CUDA, or OpenCL on a GPU; opencl-cpu: OpenCL on a CPU; sim.",
        "A star marks where a variant is chosen before others.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        if (context.Json)
        {
            JsonReport.Write(context, new KernelsDocument([.. operations.Select(OperationEntry.From)]));
        }
        else
        {
            WriteTable(context.Console);
        }

        return Task.FromResult(ExitCode.Done);
    }

    private void WriteTable(RunnerConsole console)
    {
        var table = new ResultTable(
            ("Family", ColumnKind.Name),
            ("Operation", ColumnKind.Name),
            ("Variant", ColumnKind.Name),
            ("Devices", ColumnKind.Text));
        foreach (var operation in operations)
        {
            foreach (var variant in operation.Variants)
            {
                table.Add(operation.Family, operation.Name, variant.Name, DevicesOf(variant));
            }
        }

        table.Write(console);
    }

    private static string DevicesOf(Variant variant)
    {
        var preferred = DeviceClassNames.Of(variant.PreferredOn);
        return string.Join(", ", DeviceClassNames.Of(variant.RunsOn).Select(name => preferred.Contains(name) ? name + "*" : name));
    }
}

/// <summary>What <c>kerneldiff kernels --json</c> prints.</summary>
/// <param name="Operations">The registry, by family.</param>
internal sealed record KernelsDocument(IReadOnlyList<OperationEntry> Operations);

/// <summary>An operation.</summary>
/// <param name="Name">What <c>kerneldiff bench</c> accepts.</param>
/// <param name="Family">The family it belongs to.</param>
/// <param name="Summary">One line, with the formula where it fits.</param>
/// <param name="BenchmarkShapes">The shapes that <c>kerneldiff bench</c> times unless told otherwise.</param>
/// <param name="Variants">The ways to execute it.</param>
internal sealed record OperationEntry(
    string Name, string Family, string Summary, IReadOnlyList<string> BenchmarkShapes, IReadOnlyList<VariantEntry> Variants)
{
    public static OperationEntry From(Operation operation) => new(
        operation.Name,
        operation.Family,
        operation.Summary,
        [.. operation.Cases.Where(candidate => candidate.Scale == CaseScale.Benchmark).Select(candidate => candidate.Name)],
        [.. operation.Variants.Select(VariantEntry.From)]);
}

/// <summary>A variant of an operation.</summary>
/// <param name="Name">What <c>kerneldiff bench --variant</c> accepts.</param>
/// <param name="Devices">Classes of devices that can run it: cpu, gpu, opencl-cpu, sim.</param>
/// <param name="PreferredOn">Where it is chosen before the others.</param>
/// <param name="Kernels">Names of the ILGPU kernels that it launches, as profilers show them; none for a SIMD twin.</param>
internal sealed record VariantEntry(
    string Name, IReadOnlyList<string> Devices, IReadOnlyList<string> PreferredOn, IReadOnlyList<string> Kernels)
{
    public static VariantEntry From(Variant variant) => new(
        variant.Name,
        DeviceClassNames.Of(variant.RunsOn),
        DeviceClassNames.Of(variant.PreferredOn),
        variant.KernelNames);
}
