namespace KernelDiff.Kernels.Resampling;

/// <summary>
/// The sizes of a pooling of [batch, height, width, channels] by windows that may overlap. The window of output y starts at input row
/// y · stride - padding; what it covers outside the input is never the maximum.
/// </summary>
public readonly record struct PoolingShape
{
    public required int Batch { get; init; }

    public required int InputHeight { get; init; }

    public required int InputWidth { get; init; }

    public required int Channels { get; init; }

    public required int KernelHeight { get; init; }

    public required int KernelWidth { get; init; }

    public required int StrideHeight { get; init; }

    public required int StrideWidth { get; init; }

    /// <summary>Rows added above and below, fewer than the kernel has.</summary>
    public int PaddingHeight { get; init; }

    /// <summary>Columns added left and right, fewer than the kernel has.</summary>
    public int PaddingWidth { get; init; }

    /// <summary>
    /// Whether a last window that reaches beyond the padding counts too, as long as it begins inside the input or the padding before
    /// it (PyTorch's <c>ceil_mode</c>).
    /// </summary>
    public bool CeilingMode { get; init; }

    public int OutputHeight => OutputSize(InputHeight, KernelHeight, StrideHeight, PaddingHeight);

    public int OutputWidth => OutputSize(InputWidth, KernelWidth, StrideWidth, PaddingWidth);

    internal int InputLength => Check.Elements(Batch, InputHeight, InputWidth, Channels);

    internal int OutputLength => Check.Elements(Batch, OutputHeight, OutputWidth, Channels);

    public override string ToString() =>
        $"{Batch}x{InputHeight}x{InputWidth}x{Channels} kernel {KernelHeight}x{KernelWidth} stride {StrideHeight}x{StrideWidth}"
        + (PaddingHeight + PaddingWidth > 0 ? $" padding {PaddingHeight}x{PaddingWidth}" : "")
        + (CeilingMode ? " ceiling" : "");

    /// <exception cref="ArgumentException">A size is not positive, the padding is as large as the kernel, or no window fits.</exception>
    internal void Validate()
    {
        Check.Positive("batch", Batch);
        Check.Positive("channels", Channels);
        CheckAxis("height", InputHeight, KernelHeight, StrideHeight, PaddingHeight);
        CheckAxis("width", InputWidth, KernelWidth, StrideWidth, PaddingWidth);
    }

    private static void CheckAxis(string axis, int input, int kernel, int stride, int padding)
    {
        Check.Positive($"input {axis}", input);
        Check.Positive($"kernel {axis}", kernel);
        Check.Positive($"stride {axis}", stride);
        if (padding < 0 || padding >= kernel)
        {
            throw new ArgumentException(
                $"The padding of the {axis} is {padding}; it must be from 0 to {kernel - 1}, so that every window of {kernel} meets the input.");
        }

        if (kernel > input + (2L * padding))
        {
            throw new ArgumentException($"A kernel of {axis} {kernel} does not fit into {input} + 2 x {padding} pixels.");
        }
    }

    private int OutputSize(int input, int kernel, int stride, int padding)
    {
        var room = input + (2L * padding) - kernel;
        var last = CeilingMode ? (room + stride - 1) / stride : room / stride;
        if (CeilingMode && last * stride >= input + (long)padding)
        {
            last--;
        }

        return (int)last + 1;
    }
}
