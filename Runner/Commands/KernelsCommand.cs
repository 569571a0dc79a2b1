using System.CommandLine;
using System.CommandLine.Parsing;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cases;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff kernels</c>: the registry, operation by operation, variant by variant, and what is generated for them.</summary>
internal sealed class KernelsCommand : RunnerCommand
{
    private static readonly Argument<string?> OperationName = new("OPERATION")
    {
        Description = "The only operation [default: all]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> VariantName = new("--variant")
    {
        Description = "The only variant of the operation",
        HelpName = "V",
    };

    private static readonly Option<int?> Ptx = new("--ptx")
    {
        Description = "Print the PTX that is generated for an architecture, such as SM_80; needs no GPU",
        HelpName = "SM",
        CustomParser = ParseArchitecture,
    };

    private static readonly Option<bool> OpenCl = new("--opencl")
    {
        Description = "Print the OpenCL C that is generated; needs no driver.",
        Arity = ArgumentArity.Zero,
    };

    private static readonly Option<bool> Show = new("--show")
    {
        Description = $"Print shared memory, instruction mix and warnings without the source, as for SM_{KernelSources.UsualArchitecture}.",
        Arity = ArgumentArity.Zero,
    };

    private readonly Func<IReadOnlyList<Operation>> operations;

    /// <param name="console">Where to write.</param>
    /// <param name="operations">The operations to list; called only when they are needed, for making all of them takes a tenth of a second.</param>
    public KernelsCommand(RunnerConsole console, Func<IReadOnlyList<Operation>> operations)
        : base(console, "kernels", "List the operations, their variants and the devices that run them; show generated sources.")
    {
        this.operations = operations;
        Arguments.Add(OperationName);
        foreach (var option in new Option[] { VariantName, Ptx, OpenCl, Show, GlobalOptions.Json })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff kernels", "every operation and its variants"),
        ("kerneldiff kernels --json", "also the shapes that bench times and the names of the kernels"),
        ("kerneldiff kernels attention --show", "shared memory, instructions and warnings of its kernels"),
        ("kerneldiff kernels silu --variant elementwise --ptx SM_90", "the assembly of one variant"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Devices are cpu; gpu: CUDA, or OpenCL on a GPU; opencl-cpu: OpenCL on a CPU; sim.",
        "A star marks where a variant is chosen before others.",
        "Instructions are counted once wherever they stand, not as often as they run. Warnings are what the project's tests refuse.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var chosen = Choose(context);
        if (new[] { context.Get(Ptx) is not null, context.Get(OpenCl), context.Get(Show) }.Count(given => given) is var forms && forms > 1)
        {
            throw new UsageException("--ptx, --opencl and --show are different views of a kernel. Choose one.");
        }

        if (forms == 1)
        {
            KernelSources.Write(context, chosen[0], context.Get(VariantName), Form(context));
        }
        else if (context.Json)
        {
            JsonReport.Write(context, new KernelsDocument([.. chosen.Select(OperationEntry.From)]));
        }
        else
        {
            WriteTable(context.Console, chosen, context.Get(VariantName));
        }

        return Task.FromResult(ExitCode.Done);
    }

    private static SourceForm Form(CommandContext context) => context.Get(OpenCl)
        ? new SourceForm(null, IsPrinted: true)
        : new SourceForm(context.Get(Ptx) ?? KernelSources.UsualArchitecture, IsPrinted: !context.Get(Show));

    private static int? ParseArchitecture(ArgumentResult result)
    {
        var text = result.Tokens.Single().Value;
        var number = text.StartsWith("sm_", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        if (int.TryParse(number, out var architecture) && KernelSources.Architectures.Contains(architecture))
        {
            return architecture;
        }

        result.AddError(
            $"'{text}' is not an architecture that PTX can be generated for: --ptx takes "
            + $"{string.Join(", ", KernelSources.Architectures.Select(known => $"SM_{known}"))}.");
        return null;
    }

    private IReadOnlyList<Operation> Choose(CommandContext context)
    {
        if (context.Get(OperationName) is not { } name)
        {
            return new Option[] { VariantName, Ptx, OpenCl, Show }.FirstOrDefault(context.IsGiven) is { } option
                ? throw new UsageException($"{option.Name} needs the name of an operation. 'kerneldiff kernels' lists them.")
                : operations();
        }

        var operation = operations().FirstOrDefault(candidate => candidate.Name == name)
            ?? throw UsageException.Unknown(
                "operation", name, operations().Select(candidate => candidate.Name), "'kerneldiff kernels' lists them.");
        var variants = operation.Variants.Select(variant => variant.Name).ToArray();
        return context.Get(VariantName) is { } wanted && !variants.Contains(wanted)
            ? throw UsageException.Unknown($"variant of '{name}' named", wanted, variants, $"It has: {string.Join(", ", variants)}.")
            : [operation];
    }

    private static void WriteTable(RunnerConsole console, IReadOnlyList<Operation> operations, string? variantName)
    {
        var table = new ResultTable(
            ("Family", ColumnKind.Name),
            ("Operation", ColumnKind.Name),
            ("Variant", ColumnKind.Name),
            ("Devices", ColumnKind.Text));
        foreach (var operation in operations)
        {
            foreach (var variant in operation.Variants.Where(variant => variantName is null || variant.Name == variantName))
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
