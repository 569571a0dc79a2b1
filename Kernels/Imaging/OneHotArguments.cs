namespace KernelDiff.Kernels.Imaging;

/// <summary>
/// output is 1 where a pixel's label is the class and 0 elsewhere: [images][pixels][classes], or [images][classes][pixels] if
/// <see cref="ByClass"/> (one map per class, for class tokens). A label outside [0, classes) gives zeros only.
/// </summary>
public readonly record struct OneHotArguments : IOperationArguments
{
    public required int Images { get; init; }

    /// <summary>Pixels of one image.</summary>
    public required int Pixels { get; init; }

    public required int Classes { get; init; }

    /// <summary>[images][pixels], or absent; exactly one of the two kinds of labels is given.</summary>
    public DeviceSpan<byte> ByteLabels { get; init; }

    /// <summary>[images][pixels], or absent; exactly one of the two kinds of labels is given.</summary>
    public DeviceSpan<int> Labels { get; init; }

    /// <summary>[images][pixels][classes], or [images][classes][pixels] if <see cref="ByClass"/>.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public bool ByClass { get; init; }

    public long Bytes => (sizeof(float) * (long)Output.Length) + ByteLabels.Length + (sizeof(int) * (long)Labels.Length);

    public long FloatingPointOperations => 0;

    public void Validate()
    {
        Check.Positive("images", Images);
        Check.Positive("pixels", Pixels);
        Check.Positive("classes", Classes);
        if (ByteLabels.IsAbsent == Labels.IsAbsent)
        {
            throw new ArgumentException("Give labels as bytes or as integers: exactly one of 'byteLabels' and 'labels'.");
        }

        Check.OptionalLength("byteLabels", ByteLabels, (long)Images * Pixels);
        Check.OptionalLength("labels", Labels, (long)Images * Pixels);
        Check.Length("output", Output, Check.Elements(Images, Pixels, Classes));
    }

    public string Describe() => $"{Images}x{Pixels}x{Classes}" + (ByteLabels.IsAbsent ? "" : " bytes") + (ByClass ? " by class" : "");
}
