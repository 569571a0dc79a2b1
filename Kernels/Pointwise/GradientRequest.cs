namespace KernelDiff.Kernels.Pointwise;

/// <summary>What is summed for the gradient of an operand; dy is the output gradient, a the constant of the request.</summary>
internal enum GradientKind
{
    /// <summary>a · dy.</summary>
    Scaled,

    /// <summary>dy · first.</summary>
    Product,

    /// <summary>dy / first.</summary>
    Quotient,

    /// <summary>-dy · first / second²: the gradient of a divisor.</summary>
    Divisor,

    /// <summary>dy where a · first is greater than a · second, half of it where they are equal.</summary>
    Extremum,

    /// <summary>dy where (first is not zero) equals (a is not zero).</summary>
    Mask,
}

/// <summary>
/// The gradient of one operand of an element-wise function: a term for each element of the output, summed over the dimensions that the
/// operand was repeated along.
/// </summary>
internal readonly record struct GradientRequest
{
    public required GradientKind Kind { get; init; }

    public required DeviceSpan<float> OutputGradient { get; init; }

    public required Shape4 OutputShape { get; init; }

    /// <summary>The gradient to compute; nothing is done where it is absent.</summary>
    public required DeviceSpan<float> Target { get; init; }

    public required Shape4 TargetShape { get; init; }

    /// <summary>Absent where the kind does not need it.</summary>
    public DeviceSpan<float> First { get; init; }

    public Shape4 FirstShape { get; init; }

    /// <summary>Absent where the kind does not need it.</summary>
    public DeviceSpan<float> Second { get; init; }

    public Shape4 SecondShape { get; init; }

    public float Constant { get; init; }

    /// <summary>
    /// Whether there is nothing to compute: no gradient is wanted, or it is a sum of nothing, which is written as zero here.
    /// </summary>
    public bool IsTrivial()
    {
        if (Target.IsAbsent || OutputGradient.Length > 0)
        {
            return Target.IsAbsent;
        }

        Target.Clear();
        return true;
    }

    /// <summary>
    /// The same request with a valid span and shape for every operand: one that the kind does not need becomes the output gradient.
    /// </summary>
    public GradientRequest WithAllOperands()
    {
        var request = First.IsAbsent ? this with { First = OutputGradient, FirstShape = OutputShape } : this;
        return Second.IsAbsent ? request with { Second = OutputGradient, SecondShape = OutputShape } : request;
    }

    /// <summary>The sum of what a first pass left: <paramref name="parts"/> for each of <paramref name="outer"/> runs of elements.</summary>
    public GradientRequest OfPartialSums(DeviceSpan<float> partialSums, int outer, int parts, int inner) => new()
    {
        Kind = GradientKind.Scaled,
        Constant = 1,
        OutputGradient = partialSums,
        OutputShape = Shape4.Of(outer, parts, inner),
        Target = Target,
        TargetShape = Shape4.Of(outer, 1, inner),
    };
}

/// <summary>Which gradients the backward contract of a function asks for.</summary>
internal interface IGradientRule<TArguments>
{
    static abstract (GradientRequest Left, GradientRequest Right) Requests(in TArguments arguments);
}
