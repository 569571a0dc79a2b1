using System.Globalization;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Runner.Commands;

/// <summary>What of a kernel is wanted.</summary>
/// <param name="Architecture">Compute capability without the dot for PTX; null for OpenCL C.</param>
/// <param name="IsPrinted">Whether the source itself is wanted, or only what it says.</param>
internal sealed record SourceForm(int? Architecture, bool IsPrinted);

/// <summary>Compiles the kernels of an operation without a device, and prints them.</summary>
internal static class KernelSources
{
    /// <summary>The architecture that stands for GPUs where none is named.</summary>
    public const int UsualArchitecture = 80;

    private const int CommonInstructions = 12;

    /// <summary>The architectures that ILGPU generates PTX for, without the dot.</summary>
    public static IReadOnlyList<int> Architectures { get; } = [50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90];

    /// <param name="context">Where to write.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="variantName">Its only variant; null for all.</param>
    /// <param name="form">What is wanted.</param>
    /// <exception cref="DeviceException">A kernel cannot be compiled.</exception>
    public static void Write(CommandContext context, Operation operation, string? variantName, SourceForm form)
    {
        var variants = operation.Variants.Where(variant => variantName is null || variant.Name == variantName).ToList();
        using var ptx = form.Architecture is { } architecture ? new PtxCompiler(architecture) : null;
        using var openCl = form.Architecture is null ? new OpenClCompiler() : null;
        var entries = new List<KernelSourceEntry>();
        foreach (var variant in variants)
        {
            if (variant is not IGpuVariant gpu)
            {
                entries.Add(KernelSourceEntry.OfManaged(operation, variant));
                continue;
            }

            foreach (var kernel in gpu.Kernels)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                entries.Add(ptx is not null
                    ? KernelSourceEntry.OfPtx(variant, kernel, ptx.Compile(kernel), form)
                    : KernelSourceEntry.OfOpenCl(variant, kernel, openCl!.Compile(kernel)));
            }
        }

        if (context.Json)
        {
            JsonReport.Write(context, new KernelSourcesDocument(operation.Name, operation.Summary, entries));
        }
        else
        {
            entries.ForEach(entry => Write(context.Console.Out, operation, entry));
        }
    }

    /// <summary>Everything but the source is a comment of both languages, so that the output is a file of that language.</summary>
    private static void Write(TextWriter output, Operation operation, KernelSourceEntry entry)
    {
        output.WriteLine($"// {operation.Name}/{entry.Variant}: {entry.Kernel}, {entry.Language}");
        if (entry.Note is { } note)
        {
            output.WriteLine($"// {note}");
        }

        if (entry.Instructions is { } instructions)
        {
            var mix = entry.Mix!.Take(CommonInstructions)
                .Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Name} {count.Count}"));
            output.WriteLine($"// {instructions} instructions: {string.Join(", ", mix)}{(entry.Mix!.Count > CommonInstructions ? ", ..." : "")}");
            output.WriteLine($"// {(entry.SharedBytes > 0 ? Units.Bytes(entry.SharedBytes.Value) : "no")} shared memory; {(entry.Warnings!.Count == 0 ? "no warnings" : "warnings:")}");
            foreach (var warning in entry.Warnings)
            {
                output.WriteLine($"//   {warning}");
            }
        }

        if (entry.Source is { } source)
        {
            output.WriteLine(source.TrimEnd());
        }

        output.WriteLine();
    }
}

/// <summary>What <c>kerneldiff kernels OPERATION --ptx|--opencl|--show --json</c> prints.</summary>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Summary">One line, with the formula where it fits.</param>
/// <param name="Kernels">Of each variant in order.</param>
internal sealed record KernelSourcesDocument(string Operation, string Summary, IReadOnlyList<KernelSourceEntry> Kernels);

/// <summary>A kernel of a variant.</summary>
/// <param name="Variant">Name of the variant.</param>
/// <param name="Kernel">Name as profilers show it; of managed code, the type.</param>
/// <param name="Language">PTX for an architecture, OpenCL C, or managed code.</param>
/// <param name="Note">What else there is to know, null for nothing.</param>
/// <param name="Instructions">Of PTX, how many; null for others.</param>
/// <param name="SharedBytes">Of PTX, shared memory of a group; null for others.</param>
/// <param name="Mix">Of PTX, how often each instruction stands there; null for others.</param>
/// <param name="Warnings">Of PTX, what makes a GPU slow or wrong; null for others.</param>
/// <param name="Source">The generated source; null where there is none or it was not asked for.</param>
internal sealed record KernelSourceEntry(
    string Variant,
    string Kernel,
    string Language,
    string? Note,
    int? Instructions,
    int? SharedBytes,
    IReadOnlyList<InstructionCount>? Mix,
    IReadOnlyList<string>? Warnings,
    string? Source)
{
    public static KernelSourceEntry OfPtx(Variant variant, GpuKernel kernel, string source, SourceForm form)
    {
        var facts = PtxFacts.Of(source);
        return new KernelSourceEntry(
            variant.Name,
            kernel.Name,
            $"PTX for {facts.Target}",
            facts.Target == $"sm_{form.Architecture}"
                ? null
                : $"ILGPU generates nothing newer; the driver compiles it for sm_{form.Architecture}.",
            facts.Instructions,
            facts.SharedBytes,
            facts.Mix,
            facts.Warnings,
            form.IsPrinted ? source : null);
    }

    public static KernelSourceEntry OfOpenCl(Variant variant, GpuKernel kernel, string source) =>
        new(variant.Name, kernel.Name, "OpenCL C 2.0", null, null, null, null, null, source);

    public static KernelSourceEntry OfManaged(Operation operation, Variant variant) => new(
        variant.Name,
        (variant as ISimdVariant)?.TypeName ?? variant.Name,
        "managed SIMD code",
        "Written once for vectors of 128, 256 and 512 bits and compiled by .NET when it first runs: there is no generated source. "
        + $"DOTNET_JitDisasm=Run before 'kerneldiff bench {operation.Name}' prints the machine code.",
        null,
        null,
        null,
        null,
        null);
}
