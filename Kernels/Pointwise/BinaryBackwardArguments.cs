namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// The gradients of output = f(left, right): each is summed over the dimensions that its operand was repeated along, in an order fixed
/// by the shapes. Saved for backward: both operands.
/// </summary>
public readonly record struct BinaryBackwardArguments : IOperationArguments
{
    /// <summary>Elements of <see cref="LeftShape"/>, as in the forward call.</summary>
    public required DeviceSpan<float> Left { get; init; }

    /// <summary>Elements of <see cref="RightShape"/>, as in the forward call.</summary>
    public required DeviceSpan<float> Right { get; init; }

    /// <summary>Elements of <see cref="OutputShape"/>.</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>Elements of <see cref="LeftShape"/>; absent where it is not wanted. Overlaps no operand.</summary>
    public DeviceSpan<float> LeftGradient { get; init; }

    /// <summary>Elements of <see cref="RightShape"/>; absent where it is not wanted. Overlaps no operand.</summary>
    public DeviceSpan<float> RightGradient { get; init; }

    public required Shape4 LeftShape { get; init; }

    public required Shape4 RightShape { get; init; }

    /// <summary>The shape that both operands are repeated to.</summary>
    public Shape4 OutputShape => Shape4.Broadcast(LeftShape, RightShape);

    public long Bytes =>
        sizeof(float) * ((long)Left.Length + Right.Length + OutputGradient.Length + LeftGradient.Length + RightGradient.Length);

    public long FloatingPointOperations =>
        2L * OutputGradient.Length * ((LeftGradient.IsAbsent ? 0 : 1) + (RightGradient.IsAbsent ? 0 : 1));

    public void Validate()
    {
        Check.Length("left", Left, LeftShape.Elements);
        Check.Length("right", Right, RightShape.Elements);
        Check.Length("outputGradient", OutputGradient, OutputShape.Elements);
        Check.OptionalLength("leftGradient", LeftGradient, LeftShape.Elements);
        Check.OptionalLength("rightGradient", RightGradient, RightShape.Elements);
    }

    public string Describe() => $"{LeftShape} {RightShape}";
}

/// <summary>
/// The gradients of output = leftScale · left + rightScale · right: scale · outputGradient, summed over the dimensions that the operand
/// was repeated along, in an order fixed by the shapes. Nothing is saved for backward. Addition has the scales 1 and 1, subtraction
/// 1 and -1.
/// </summary>
public readonly record struct ScaledAddBackwardArguments : IOperationArguments
{
    /// <summary>Elements of <see cref="OutputShape"/>.</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>Elements of <see cref="LeftShape"/>; absent where it is not wanted. Overlaps no operand.</summary>
    public DeviceSpan<float> LeftGradient { get; init; }

    /// <summary>Elements of <see cref="RightShape"/>; absent where it is not wanted. Overlaps no operand.</summary>
    public DeviceSpan<float> RightGradient { get; init; }

    public required Shape4 LeftShape { get; init; }

    public required Shape4 RightShape { get; init; }

    public required float LeftScale { get; init; }

    public required float RightScale { get; init; }

    /// <summary>The shape that both operands are repeated to.</summary>
    public Shape4 OutputShape => Shape4.Broadcast(LeftShape, RightShape);

    public long Bytes => sizeof(float) * ((long)OutputGradient.Length + LeftGradient.Length + RightGradient.Length);

    public long FloatingPointOperations =>
        2L * OutputGradient.Length * ((LeftGradient.IsAbsent ? 0 : 1) + (RightGradient.IsAbsent ? 0 : 1));

    public void Validate()
    {
        Check.Length("outputGradient", OutputGradient, OutputShape.Elements);
        Check.OptionalLength("leftGradient", LeftGradient, LeftShape.Elements);
        Check.OptionalLength("rightGradient", RightGradient, RightShape.Elements);
    }

    public string Describe() => $"{LeftShape} {RightShape}";
}

/// <summary>
/// The gradients of output = condition ? whenTrue : whenFalse: the output gradient where the operand was chosen, summed over the
/// dimensions that it was repeated along, in an order fixed by the shapes. Saved for backward: the condition.
/// </summary>
public readonly record struct WhereBackwardArguments : IOperationArguments
{
    /// <summary>Elements of <see cref="ConditionShape"/>, as in the forward call.</summary>
    public required DeviceSpan<float> Condition { get; init; }

    /// <summary>Elements of <see cref="OutputShape"/>.</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>Elements of <see cref="WhenTrueShape"/>; absent where it is not wanted. Overlaps no operand.</summary>
    public DeviceSpan<float> WhenTrueGradient { get; init; }

    /// <summary>Elements of <see cref="WhenFalseShape"/>; absent where it is not wanted. Overlaps no operand.</summary>
    public DeviceSpan<float> WhenFalseGradient { get; init; }

    public required Shape4 ConditionShape { get; init; }

    public required Shape4 WhenTrueShape { get; init; }

    public required Shape4 WhenFalseShape { get; init; }

    /// <summary>The shape that the three operands are repeated to.</summary>
    public Shape4 OutputShape => Shape4.Broadcast(ConditionShape, Shape4.Broadcast(WhenTrueShape, WhenFalseShape));

    public long Bytes =>
        sizeof(float) * ((long)Condition.Length + OutputGradient.Length + WhenTrueGradient.Length + WhenFalseGradient.Length);

    public long FloatingPointOperations =>
        (long)OutputGradient.Length * ((WhenTrueGradient.IsAbsent ? 0 : 1) + (WhenFalseGradient.IsAbsent ? 0 : 1));

    public void Validate()
    {
        Check.Length("condition", Condition, ConditionShape.Elements);
        Check.Length("outputGradient", OutputGradient, OutputShape.Elements);
        Check.OptionalLength("whenTrueGradient", WhenTrueGradient, WhenTrueShape.Elements);
        Check.OptionalLength("whenFalseGradient", WhenFalseGradient, WhenFalseShape.Elements);
    }

    public string Describe() => $"{ConditionShape} {WhenTrueShape} {WhenFalseShape}";
}
