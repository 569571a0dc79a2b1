namespace KernelDiff.Kernels.Imaging;

/// <summary>output[i] = input[i] · scale + shift; by default [0, 255] becomes [-1, 1].</summary>
public readonly record struct BytesToFloatArguments : IOperationArguments
{
    /// <summary>Any shape: interleaved pixels are [batch][height][width][channels] already.</summary>
    public required DeviceSpan<byte> Input { get; init; }

    /// <summary>As many elements as the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public float Scale { get; init; } = 1 / 127.5f;

    public float Shift { get; init; } = -1;

    /// <summary>Starts from the default scale and shift.</summary>
    public BytesToFloatArguments()
    {
    }

    public long Bytes => 5L * Input.Length;

    public long FloatingPointOperations => 2L * Input.Length;

    public void Validate() => Check.Length("output", Output, Input.Length);

    public string Describe() => $"{Input.Length}";
}

/// <summary>
/// output[i] = input[i] · scale + shift, limited to [0, 255] and rounded to the nearest integer, ties to even; not-a-number becomes 0. By
/// default [-1, 1] becomes [0, 255].
/// </summary>
public readonly record struct FloatToBytesArguments : IOperationArguments
{
    /// <summary>Any shape.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>As many elements as the input.</summary>
    public required DeviceSpan<byte> Output { get; init; }

    public float Scale { get; init; } = 127.5f;

    public float Shift { get; init; } = 127.5f;

    /// <summary>Starts from the default scale and shift.</summary>
    public FloatToBytesArguments()
    {
    }

    public long Bytes => 5L * Input.Length;

    public long FloatingPointOperations => 2L * Input.Length;

    public void Validate() => Check.Length("output", Output, Input.Length);

    public string Describe() => $"{Input.Length}";
}
