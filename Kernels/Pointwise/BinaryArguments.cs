namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// output = f(left, right), element by element; a dimension of size 1 of either operand is repeated. The output may be the same span
/// as an operand of its shape.
/// </summary>
public readonly record struct BinaryArguments : IOperationArguments, IBinaryArguments
{
    /// <summary>Elements of <see cref="LeftShape"/>.</summary>
    public required DeviceSpan<float> Left { get; init; }

    /// <summary>Elements of <see cref="RightShape"/>.</summary>
    public required DeviceSpan<float> Right { get; init; }

    /// <summary>Elements of <see cref="OutputShape"/>.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required Shape4 LeftShape { get; init; }

    public required Shape4 RightShape { get; init; }

    /// <summary>The shape that both operands are repeated to.</summary>
    public Shape4 OutputShape => Shape4.Broadcast(LeftShape, RightShape);

    public long Bytes => sizeof(float) * ((long)Left.Length + Right.Length + Output.Length);

    public long FloatingPointOperations => Output.Length;

    (float First, float Second) IBinaryArguments.Constants => default;

    public void Validate()
    {
        Check.Length("left", Left, LeftShape.Elements);
        Check.Length("right", Right, RightShape.Elements);
        Check.Length("output", Output, OutputShape.Elements);
    }

    public string Describe() => $"{LeftShape} {RightShape}";
}

/// <summary>
/// output = leftScale · left + rightScale · right; a dimension of size 1 of either operand is repeated. The output may be the same
/// span as an operand of its shape.
/// </summary>
public readonly record struct ScaledAddArguments : IOperationArguments, IBinaryArguments
{
    /// <summary>Elements of <see cref="LeftShape"/>.</summary>
    public required DeviceSpan<float> Left { get; init; }

    /// <summary>Elements of <see cref="RightShape"/>.</summary>
    public required DeviceSpan<float> Right { get; init; }

    /// <summary>Elements of <see cref="OutputShape"/>.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required Shape4 LeftShape { get; init; }

    public required Shape4 RightShape { get; init; }

    public required float LeftScale { get; init; }

    public required float RightScale { get; init; }

    /// <summary>The shape that both operands are repeated to.</summary>
    public Shape4 OutputShape => Shape4.Broadcast(LeftShape, RightShape);

    public long Bytes => sizeof(float) * ((long)Left.Length + Right.Length + Output.Length);

    public long FloatingPointOperations => 3L * Output.Length;

    (float First, float Second) IBinaryArguments.Constants => (LeftScale, RightScale);

    public void Validate()
    {
        Check.Length("left", Left, LeftShape.Elements);
        Check.Length("right", Right, RightShape.Elements);
        Check.Length("output", Output, OutputShape.Elements);
    }

    public string Describe() => $"{LeftShape} {RightShape}";
}

/// <summary>The comparisons of <see cref="CompareArguments"/>. One with NaN is false, but for <see cref="NotEqual"/>.</summary>
public enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>output = 1 where the comparison of left with right holds, else 0; a dimension of size 1 of either operand is repeated.</summary>
public readonly record struct CompareArguments : IOperationArguments, IBinaryArguments
{
    /// <summary>Elements of <see cref="LeftShape"/>.</summary>
    public required DeviceSpan<float> Left { get; init; }

    /// <summary>Elements of <see cref="RightShape"/>.</summary>
    public required DeviceSpan<float> Right { get; init; }

    /// <summary>Elements of <see cref="OutputShape"/>, each 0 or 1.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required Shape4 LeftShape { get; init; }

    public required Shape4 RightShape { get; init; }

    public required Comparison Comparison { get; init; }

    /// <summary>The shape that both operands are repeated to.</summary>
    public Shape4 OutputShape => Shape4.Broadcast(LeftShape, RightShape);

    public long Bytes => sizeof(float) * ((long)Left.Length + Right.Length + Output.Length);

    public long FloatingPointOperations => Output.Length;

    /// <summary>Greater is less with the operands exchanged, so that kernels need to know three ranks only.</summary>
    private bool IsExchanged => Comparison is Comparison.Greater or Comparison.GreaterOrEqual;

    DeviceSpan<float> IBinaryArguments.Left => IsExchanged ? Right : Left;

    DeviceSpan<float> IBinaryArguments.Right => IsExchanged ? Left : Right;

    Shape4 IBinaryArguments.LeftShape => IsExchanged ? RightShape : LeftShape;

    Shape4 IBinaryArguments.RightShape => IsExchanged ? LeftShape : RightShape;

    /// <summary>The lowest and the highest rank that give true: 0 for equal, 1 for less, 2 for everything else.</summary>
    (float First, float Second) IBinaryArguments.Constants => Comparison switch
    {
        Comparison.Equal => (0, 0),
        Comparison.NotEqual => (1, 2),
        Comparison.Less or Comparison.Greater => (1, 1),
        _ => (0, 1),
    };

    public void Validate()
    {
        Check.Length("left", Left, LeftShape.Elements);
        Check.Length("right", Right, RightShape.Elements);
        Check.Length("output", Output, OutputShape.Elements);
    }

    public string Describe() => $"{Comparison} {LeftShape} {RightShape}";
}

/// <summary>output = whenTrue where condition is not zero, else whenFalse; a dimension of size 1 of any operand is repeated.</summary>
public readonly record struct WhereArguments : IOperationArguments
{
    /// <summary>Elements of <see cref="ConditionShape"/>; zero is false, everything else true.</summary>
    public required DeviceSpan<float> Condition { get; init; }

    /// <summary>Elements of <see cref="WhenTrueShape"/>.</summary>
    public required DeviceSpan<float> WhenTrue { get; init; }

    /// <summary>Elements of <see cref="WhenFalseShape"/>.</summary>
    public required DeviceSpan<float> WhenFalse { get; init; }

    /// <summary>Elements of <see cref="OutputShape"/>.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required Shape4 ConditionShape { get; init; }

    public required Shape4 WhenTrueShape { get; init; }

    public required Shape4 WhenFalseShape { get; init; }

    /// <summary>The shape that the three operands are repeated to.</summary>
    public Shape4 OutputShape => Shape4.Broadcast(ConditionShape, Shape4.Broadcast(WhenTrueShape, WhenFalseShape));

    public long Bytes => sizeof(float) * ((long)Condition.Length + WhenTrue.Length + WhenFalse.Length + Output.Length);

    public long FloatingPointOperations => Output.Length;

    public void Validate()
    {
        Check.Length("condition", Condition, ConditionShape.Elements);
        Check.Length("whenTrue", WhenTrue, WhenTrueShape.Elements);
        Check.Length("whenFalse", WhenFalse, WhenFalseShape.Elements);
        Check.Length("output", Output, OutputShape.Elements);
    }

    public string Describe() => $"{ConditionShape} {WhenTrueShape} {WhenFalseShape}";
}
