namespace KernelDiff.Kernels.Resampling;

/// <summary>Resizes a map of labels, [batch, height, width, channels], by copying the nearest one: labels are never mixed.</summary>
/// <typeparam name="T">byte or int.</typeparam>
public readonly record struct ResizeLabelsArguments<T> : IOperationArguments
    where T : unmanaged
{
    /// <summary>[batch, input height, input width, channels].</summary>
    public required DeviceSpan<T> Input { get; init; }

    /// <summary>[batch, output height, output width, channels]; must not overlap the input.</summary>
    public required DeviceSpan<T> Output { get; init; }

    /// <summary>A map of one label per pixel has one channel.</summary>
    public required ResizeShape Shape { get; init; }

    /// <summary><see cref="ResizeMode.Nearest"/> or <see cref="ResizeMode.NearestCenter"/>.</summary>
    public required ResizeMode Mode { get; init; }

    public unsafe long Bytes => sizeof(T) * 2L * Output.Length;

    public long FloatingPointOperations => 0;

    public void Validate()
    {
        if (Mode is not (ResizeMode.Nearest or ResizeMode.NearestCenter))
        {
            throw new ArgumentException($"Labels cannot be resized by {Mode}: use {ResizeMode.Nearest} or {ResizeMode.NearestCenter}.");
        }

        Shape.Validate(Mode);
        Check.Length("input", Input, Shape.InputLength);
        Check.Length("output", Output, Shape.OutputLength);
    }

    public string Describe() => $"{Mode} {Shape}";
}
