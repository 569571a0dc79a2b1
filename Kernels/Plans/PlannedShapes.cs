using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Plans;

/// <summary>How a plan tells the calls of an operation apart.</summary>
public abstract class PlannedShapes
{
    private protected PlannedShapes()
    {
    }

    /// <summary>A call of a shape, with its reference: to check and to time variants with.</summary>
    /// <param name="shape">The sizes of one image.</param>
    /// <param name="batch">Images.</param>
    /// <exception cref="FormatException">The text is not that of a shape.</exception>
    public abstract OperationCase CaseOf(string shape, int batch);

    /// <summary>What is wrong with a choice, as a clause; null if nothing is.</summary>
    /// <param name="operation">The operation that has these shapes.</param>
    /// <param name="shape">The sizes of one image.</param>
    /// <param name="variant">Name of the variant.</param>
    internal abstract string? FaultOf(Operation operation, string shape, string variant);

    /// <summary>Prepares choices without faults for being looked up by every launch.</summary>
    internal abstract PlannedChoices Bind(Operation operation, IEnumerable<PlanEntry> entries);
}

/// <inheritdoc/>
/// <typeparam name="TArguments">The contract of the operation.</typeparam>
public abstract class PlannedShapes<TArguments> : PlannedShapes
    where TArguments : struct, IOperationArguments
{
    private protected PlannedShapes()
    {
    }

    /// <summary>The sizes of one image of a call.</summary>
    internal abstract string Describe(in TArguments arguments);
}

/// <inheritdoc/>
/// <typeparam name="TArguments">The contract of the operation.</typeparam>
/// <typeparam name="TShape">The sizes of one image.</typeparam>
/// <param name="shapeOf">The sizes of one image of a call.</param>
/// <param name="callOf">A call of a shape without operands, to ask variants whether they support it.</param>
/// <param name="caseOf">A call of a shape and batch, with its reference.</param>
internal sealed class PlannedShapes<TArguments, TShape>(
    Func<TArguments, TShape> shapeOf, Func<TShape, TArguments> callOf, Func<TShape, int, OperationCase> caseOf) : PlannedShapes<TArguments>
    where TArguments : struct, IOperationArguments
    where TShape : struct, IPlannedShape<TShape>
{
    public override OperationCase CaseOf(string shape, int batch) => TShape.TryParse(shape, out var parsed)
        ? caseOf(parsed, batch)
        : throw new FormatException($"'{shape}' is not a shape.");

    internal override string Describe(in TArguments arguments) => shapeOf(arguments).Describe();

    internal override string? FaultOf(Operation operation, string shape, string variant)
    {
        if (!TShape.TryParse(shape, out var parsed) || parsed.Describe() != shape)
        {
            return $"'{shape}' is not a shape of '{operation.Name}'";
        }

        var found = Find((Operation<TArguments>)operation, variant);
        if (found is null)
        {
            return $"'{operation.Name}' has no variant '{variant}', only {string.Join(", ", operation.Variants.Select(known => known.Name))}";
        }

        return found.Computes(callOf(parsed)) ? null : $"the variant '{variant}' of '{operation.Name}' does not support {shape}";
    }

    internal override PlannedChoices Bind(Operation operation, IEnumerable<PlanEntry> entries)
    {
        var choices = new Dictionary<TShape, Variant<TArguments>>();
        foreach (var entry in entries)
        {
            if (TShape.TryParse(entry.Shape, out var shape) && Find((Operation<TArguments>)operation, entry.Variant) is { } variant)
            {
                choices[shape] = variant;
            }
        }

        return new Choices(shapeOf, choices);
    }

    private static Variant<TArguments>? Find(Operation<TArguments> operation, string name) =>
        (Variant<TArguments>?)operation.Variants.FirstOrDefault(variant => variant.Name == name);

    private sealed class Choices(Func<TArguments, TShape> shapeOf, Dictionary<TShape, Variant<TArguments>> choices) : PlannedChoices<TArguments>
    {
        public override Variant<TArguments>? Find(in TArguments arguments) => choices.GetValueOrDefault(shapeOf(arguments));
    }
}

/// <summary>The choices of a plan for one operation on one device.</summary>
internal abstract class PlannedChoices;

/// <inheritdoc/>
/// <typeparam name="TArguments">The contract of the operation.</typeparam>
internal abstract class PlannedChoices<TArguments> : PlannedChoices
    where TArguments : struct, IOperationArguments
{
    /// <summary>The variant for a call; null where the plan says nothing. Allocates nothing.</summary>
    public abstract Variant<TArguments>? Find(in TArguments arguments);
}
