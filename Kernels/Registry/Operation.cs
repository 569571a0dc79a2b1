using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Kernels;

/// <summary>An entry of the registry: what it computes, the variants that compute it, the cases that check it.</summary>
public abstract class Operation
{
    private readonly Func<IEnumerable<OperationCase>> cases;
    private IReadOnlyList<OperationCase>? materialized;

    private protected Operation(string name, string family, string summary, Func<IEnumerable<OperationCase>> cases)
    {
        Name = name;
        Family = family;
        Summary = summary;
        this.cases = cases;
    }

    /// <summary>Lower case, words joined by hyphens: <c>group-norm-backward</c>.</summary>
    public string Name { get; }

    /// <summary>The folder under Kernels that holds it.</summary>
    public string Family { get; }

    /// <summary>One line, with the formula where it fits.</summary>
    public string Summary { get; }

    public abstract IReadOnlyList<Variant> Variants { get; }

    /// <summary>How a plan tells the calls of the operation apart; null where no plan can choose its variants.</summary>
    public abstract PlannedShapes? PlannedShapes { get; }

    /// <summary>What the operation is checked and timed with, on every device.</summary>
    public IReadOnlyList<OperationCase> Cases => materialized ??= [.. cases()];
}

/// <inheritdoc/>
/// <typeparam name="TArguments">The contract: operands, sizes, options.</typeparam>
public sealed class Operation<TArguments> : Operation
    where TArguments : struct, IOperationArguments
{
    private readonly Variant<TArguments>[] variants;

    /// <param name="name">Lower case, words joined by hyphens.</param>
    /// <param name="family">The folder under Kernels.</param>
    /// <param name="summary">One line.</param>
    /// <param name="cases">Creates the cases; called once, when first asked for.</param>
    /// <param name="variants">In order of preference among equals.</param>
    public Operation(
        string name, string family, string summary, Func<IEnumerable<OperationCase>> cases, params Variant<TArguments>[] variants)
        : base(name, family, summary, cases)
    {
        this.variants = variants;
    }

    public override IReadOnlyList<Variant> Variants => variants;

    /// <inheritdoc cref="PlannedShapes"/>
    public PlannedShapes<TArguments>? Shapes { get; init; }

    public override PlannedShapes? PlannedShapes => Shapes;

    /// <summary>Validates the arguments, chooses a variant and executes it on the device's stream.</summary>
    /// <exception cref="ArgumentException">The arguments contradict one another.</exception>
    /// <exception cref="NotSupportedException">No variant supports the arguments on this device.</exception>
    public void Launch(Device device, in TArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(device);
        arguments.Validate();
        var variant = Choose(device, arguments);
        if (device.Timeline.IsObserved)
        {
            device.Timeline.Observe(device, Name, variant, arguments, Shapes?.Describe(arguments));
        }
        else
        {
            variant.Run(device, arguments);
        }
    }

    /// <summary>
    /// The forced variant if it supports the arguments; else one by the device's algorithm; else the one of the device's plan; else the
    /// first that is preferred on the device's class; else the first that supports them. Depends on the device and the arguments alone.
    /// </summary>
    /// <exception cref="NotSupportedException">No variant supports the arguments on this device.</exception>
    public Variant<TArguments> Choose(Device device, in TArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(device);
        var forced = device.ForcedVariant(Name);
        Variant<TArguments>? fallback = null;
        Variant<TArguments>? preferred = null;
        Variant<TArguments>? asked = null;
        Variant<TArguments>? planned = null;
        var plan = ((PlannedChoices<TArguments>?)device.PlannedChoices(this))?.Find(arguments);
        foreach (var variant in variants)
        {
            if (!variant.Supports(device, arguments))
            {
                continue;
            }

            if (variant.Name == forced)
            {
                return variant;
            }

            if (variant.Algorithm == ConvolutionAlgorithm.Direct)
            {
                fallback ??= variant;
            }
            else if (variant.Algorithm == device.Algorithm)
            {
                asked = asked is null || (asked.PreferredOn & device.Class) == 0 ? variant : asked;
            }
            else if (device.Algorithm != ConvolutionAlgorithm.Auto)
            {
                continue;
            }

            if (variant == plan)
            {
                planned = variant;
            }

            if (preferred is null && variant.IsPreferred(device, arguments))
            {
                preferred = variant;
            }
        }

        return asked ?? planned ?? preferred ?? fallback ?? throw new NotSupportedException(
            $"No variant of '{Name}' runs {arguments.Describe()} on '{device.Name}'. It has: {string.Join(", ", variants.Select(v => v.Name))}.");
    }
}
