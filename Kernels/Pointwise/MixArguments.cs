namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// output[i][e] = leftScale[i] · left[i][e] + rightScale[i] · right[i][e], with coefficients for each image i: the noised image of a
/// diffusion step. Without the right operand it is leftScale[i] · left[i][e], which is also the gradient of either operand when the
/// output gradient and that operand's coefficients are given. The output may be the same span as an operand.
/// </summary>
public readonly record struct MixArguments : IOperationArguments
{
    /// <summary>[images][elements].</summary>
    public required DeviceSpan<float> Left { get; init; }

    /// <summary>[images].</summary>
    public required DeviceSpan<float> LeftScale { get; init; }

    /// <summary>[images][elements]; optional.</summary>
    public DeviceSpan<float> Right { get; init; }

    /// <summary>[images]; there if the right operand is.</summary>
    public DeviceSpan<float> RightScale { get; init; }

    /// <summary>[images][elements].</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required int Images { get; init; }

    /// <summary>Elements of one image.</summary>
    public required int Elements { get; init; }

    public long Bytes => sizeof(float) * ((long)Left.Length + Right.Length + Output.Length + LeftScale.Length + RightScale.Length);

    public long FloatingPointOperations => (Right.IsAbsent ? 1L : 3L) * Output.Length;

    public void Validate()
    {
        var length = Check.Elements(Images, Elements);
        Check.Length("left", Left, length);
        Check.Length("leftScale", LeftScale, Images);
        Check.Length("output", Output, length);
        if (!Right.IsAbsent || !RightScale.IsAbsent)
        {
            Check.Length("right", Right, length);
            Check.Length("rightScale", RightScale, Images);
        }
    }

    /// <summary>The call without a right operand.</summary>
    internal BinaryArguments AsProduct() => new()
    {
        Left = Left,
        Right = LeftScale,
        Output = Output,
        LeftShape = Shape4.Of(Images, Elements),
        RightShape = Shape4.Of(Images, 1),
    };

    public string Describe() => $"{Images}x{Elements}{(Right.IsAbsent ? " left only" : "")}";
}
