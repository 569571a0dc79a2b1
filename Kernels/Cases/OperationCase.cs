using System.Collections.Immutable;

namespace KernelDiff.Kernels.Cases;

/// <summary>How large a case is, which decides where it runs.</summary>
public enum CaseScale
{
    /// <summary>A few thousand elements at most, ragged: every device, the simulator and the race detector included.</summary>
    Tiny,

    /// <summary>Too slow for the simulator: <c>cpu</c> and <c>opencl</c>.</summary>
    Small,

    /// <summary>A real layer's size: only <c>bench</c>, which checks sampled elements before it times.</summary>
    Benchmark,
}

/// <summary>
/// One set of arguments of an operation with its truth. The same case checks values on every device, gradients against finite
/// differences, determinism, guard zones and batch independence, and is what <c>bench</c> times.
/// </summary>
public sealed record OperationCase
{
    /// <summary>Shape and options; unique within the operation.</summary>
    public required string Name { get; init; }

    public required IReadOnlyList<Operand> Operands { get; init; }

    /// <summary>Builds the arguments from the operands and launches the operation.</summary>
    public required Action<Device, CaseOperands> Launch { get; init; }

    public required CaseReference Reference { get; init; }

    /// <summary>For outputs that state none of their own.</summary>
    public required Tolerance Tolerance { get; init; }

    /// <summary>Tolerances of variants that round otherwise than the formula, by name; they take the place of <see cref="Tolerance"/>.</summary>
    public IReadOnlyDictionary<string, Tolerance> VariantTolerances { get; init; } = ImmutableDictionary<string, Tolerance>.Empty;

    public CaseScale Scale { get; init; } = CaseScale.Tiny;

    /// <summary>For backward operations: what the outputs are gradients of.</summary>
    public GradientCheck? Gradient { get; init; }

    /// <summary>Images in the batch; operands with <see cref="Operand.PerImage"/> have that many equal parts.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>The same case with another batch size, for operations whose images must not depend on one another.</summary>
    public Func<int, OperationCase>? AtBatch { get; init; }

    public override string ToString() => Name;
}

/// <summary>States that a backward case computes derivatives of sum(cotangent * output) of a forward case.</summary>
/// <param name="Forward">Its inputs are taken from the backward case's operands of the same names.</param>
/// <param name="Cotangents">Output of the forward case, operand of the backward case that holds its cotangent.</param>
/// <param name="Gradients">Input of the forward case, output of the backward case that holds its gradient.</param>
public sealed record GradientCheck(
    OperationCase Forward,
    IReadOnlyList<(string Output, string Cotangent)> Cotangents,
    IReadOnlyList<(string Input, string Gradient)> Gradients)
{
    /// <summary>Step of the central difference, in double precision.</summary>
    public double Step { get; init; } = 1e-4;
}
