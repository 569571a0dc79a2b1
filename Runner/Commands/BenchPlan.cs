using KernelDiff.Kernels;
using KernelDiff.Kernels.Cases;

namespace KernelDiff.Runner.Commands;

/// <summary>One case to check and time.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Case">Its shape.</param>
/// <param name="Variants">Names of variants to compare; a null is the operation's own choice.</param>
/// <param name="IsComparison">Whether the ratio of the first variant to the second is wanted.</param>
internal sealed record BenchEntry(Operation Operation, OperationCase Case, IReadOnlyList<string?> Variants, bool IsComparison);

/// <summary>Turns what the command line asks for into cases to time, or says what does not exist.</summary>
internal static class BenchPlan
{
    /// <summary>The value of <c>--variant</c> that compares every variant of an operation.</summary>
    public const string AllVariants = "all";

    private const string SeeKernels = "'kerneldiff kernels' lists them.";

    /// <param name="operations">The registry.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="operationName">The only operation, null for all that have shapes to time.</param>
    /// <param name="variant">The only variant, <see cref="AllVariants"/>, or null for what the operation chooses.</param>
    /// <param name="against">A variant that takes turns with the other one, null for none.</param>
    /// <param name="shape">A part of the names of the only cases; null for all of benchmark size.</param>
    /// <exception cref="UsageException">Nothing fits; the message says what was probably meant.</exception>
    public static IReadOnlyList<BenchEntry> Create(
        IReadOnlyList<Operation> operations, Device device, string? operationName, string? variant, string? against, string? shape)
    {
        if (device.Kind == DeviceKind.Simulator)
        {
            throw new UsageException("The simulator's times say nothing about any hardware. Choose another device with --device.");
        }

        if (against is not null && (operationName is null || variant == AllVariants || variant == against || against == AllVariants))
        {
            throw new UsageException("--against compares two different variants of one operation: bench OPERATION --variant V --against W.");
        }

        var chosen = ChooseVariant(ChooseOperations(operations, operationName), device, operationName, variant);
        if (against is not null)
        {
            chosen = ChooseVariant(chosen, device, operationName, against);
        }

        var entries = chosen
            .SelectMany(operation => ChooseCases(operation, shape).Select(chosenCase => new BenchEntry(
                operation,
                chosenCase,
                against is null ? Variants(operation, device, variant) : [variant, against],
                IsComparison: against is not null)))
            .ToList();
        return entries.Count > 0 ? entries : throw NothingToTime(chosen, shape);
    }

    private static IReadOnlyList<Operation> ChooseOperations(IReadOnlyList<Operation> operations, string? name)
    {
        if (name is null)
        {
            return operations;
        }

        var found = operations.FirstOrDefault(operation => operation.Name == name);
        return found is not null
            ? [found]
            : throw UsageException.Unknown("operation", name, operations.Select(operation => operation.Name), SeeKernels);
    }

    private static List<Operation> ChooseVariant(
        IReadOnlyList<Operation> operations, Device device, string? operationName, string? variant)
    {
        var runnable = operations.Where(operation => operation.Variants.Any(candidate => RunsOn(candidate, device))).ToList();
        if (variant is null or AllVariants)
        {
            return runnable.Count > 0
                ? runnable
                : throw new UsageException($"'{operationName}' has no variant that runs on '{device.Name}'. {SeeKernels}");
        }

        var named = operations.SelectMany(operation => operation.Variants).Where(candidate => candidate.Name == variant).ToList();
        if (named.Count == 0)
        {
            var known = operations.SelectMany(operation => operation.Variants).Select(candidate => candidate.Name).Distinct();
            throw UsageException.Unknown(operationName is null ? "variant" : $"variant of '{operationName}' named", variant, known, SeeKernels);
        }

        if (!named.Any(candidate => RunsOn(candidate, device)))
        {
            var classes = DeviceClassNames.Of(named.Aggregate(DeviceClass.None, (all, candidate) => all | candidate.RunsOn));
            throw new UsageException($"The variant '{variant}' does not run on '{device.Name}', only on {string.Join(", ", classes)}.");
        }

        return [.. runnable.Where(operation => operation.Variants.Any(candidate => candidate.Name == variant && RunsOn(candidate, device)))];
    }

    private static IEnumerable<OperationCase> ChooseCases(Operation operation, string? shape)
    {
        var benchmarks = operation.Cases.Where(candidate => candidate.Scale == CaseScale.Benchmark);
        if (shape is null)
        {
            return benchmarks;
        }

        // The whole name first; then shapes that are meant to be timed; then any.
        var exact = operation.Cases.Where(candidate => candidate.Name == shape).ToList();
        if (exact.Count > 0)
        {
            return exact;
        }

        bool Contains(OperationCase candidate) => candidate.Name.Contains(shape, StringComparison.OrdinalIgnoreCase);
        var timed = benchmarks.Where(Contains).ToList();
        return timed.Count > 0 ? timed : operation.Cases.Where(Contains);
    }

    private static IReadOnlyList<string?> Variants(Operation operation, Device device, string? variant) => variant == AllVariants
        ? [.. operation.Variants.Where(candidate => RunsOn(candidate, device)).Select(candidate => candidate.Name)]
        : [variant];

    private static UsageException NothingToTime(List<Operation> operations, string? shape)
    {
        var shapes = operations.SelectMany(operation => operation.Cases).Select(candidate => candidate.Name).Distinct().ToList();
        var listed = $"Shapes that exist: {string.Join("; ", shapes.Take(20))}{(shapes.Count > 20 ? "; ..." : ".")}";
        return shape is null
            ? new UsageException($"'{operations[0].Name}' has no shape of a size worth timing. Choose a small one with --shape. {listed}")
            : UsageException.Unknown("shape", shape, shapes, listed);
    }

    private static bool RunsOn(Variant variant, Device device) => (variant.RunsOn & device.Class) != 0;
}
