namespace KernelDiff.Kernels.Resampling;

/// <summary>The sizes of a resize of [batch, height, width, channels].</summary>
public readonly record struct ResizeShape
{
    /// <summary>Input size times output size of an axis: positions are computed exactly, in 32-bit integers.</summary>
    private const int MaximumProduct = 1 << 29;

    public required int Batch { get; init; }

    public required int InputHeight { get; init; }

    public required int InputWidth { get; init; }

    public required int OutputHeight { get; init; }

    public required int OutputWidth { get; init; }

    public required int Channels { get; init; }

    internal int InputLength => Check.Elements(Batch, InputHeight, InputWidth, Channels);

    internal int OutputLength => Check.Elements(Batch, OutputHeight, OutputWidth, Channels);

    public override string ToString() => $"{Batch}x{InputHeight}x{InputWidth}x{Channels} to {OutputHeight}x{OutputWidth}";

    /// <exception cref="ArgumentException">A size is not positive, an axis is too long, or the mode is unknown.</exception>
    internal void Validate(ResizeMode mode)
    {
        if (!Enum.IsDefined(mode))
        {
            throw new ArgumentException($"There is no resize mode {mode}. The modes are {string.Join(", ", Enum.GetNames<ResizeMode>())}.");
        }

        Check.Positive("batch", Batch);
        Check.Positive("inputHeight", InputHeight);
        Check.Positive("inputWidth", InputWidth);
        Check.Positive("outputHeight", OutputHeight);
        Check.Positive("outputWidth", OutputWidth);
        Check.Positive("channels", Channels);
        CheckAxis("height", InputHeight, OutputHeight);
        CheckAxis("width", InputWidth, OutputWidth);
    }

    /// <summary>One multiplication and one addition for every pixel of a window.</summary>
    internal long FloatingPointOperations(ResizeMode mode) =>
        2L * OutputLength * Taps(mode, InputHeight, OutputHeight) * Taps(mode, InputWidth, OutputWidth);

    private static long Taps(ResizeMode mode, int input, int output) => mode switch
    {
        ResizeMode.Nearest or ResizeMode.NearestCenter => 1,
        ResizeMode.Bilinear => 2,
        ResizeMode.BilinearAntialiased => Math.Max(2, 2L * input / output),
        _ => Math.Max(1, input / output),
    };

    private static void CheckAxis(string axis, int input, int output)
    {
        if ((long)input * output > MaximumProduct)
        {
            throw new ArgumentException(
                $"Resizing the {axis} from {input} to {output} pixels is over the limit: the product of both may be {MaximumProduct} at most. "
                + "Resize in two steps.");
        }
    }
}
