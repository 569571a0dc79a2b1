namespace KernelDiff.Kernels.Normalization;

/// <summary>What the contracts of this family check alike.</summary>
internal static class NormalizationCheck
{
    /// <summary>The number of elements of [batch][pixels][channels].</summary>
    /// <exception cref="ArgumentException">A size is not positive, groups do not divide the channels, or epsilon is negative.</exception>
    public static int Shape(int batch, int pixels, int channels, int groups, float epsilon)
    {
        Check.Positive("batch", batch);
        Check.Positive("pixels", pixels);
        Check.Positive("channels", channels);
        Check.Positive("groups", groups);
        if (channels % groups != 0)
        {
            throw new ArgumentException($"{channels} channels cannot be cut into {groups} groups of equal size.");
        }

        Epsilon(epsilon);
        return Check.Elements(batch, pixels, channels);
    }

    /// <exception cref="ArgumentException">Epsilon is negative or not a number.</exception>
    public static void Epsilon(float epsilon)
    {
        if (!(epsilon >= 0))
        {
            throw new ArgumentException($"Epsilon is {epsilon}; it must not be negative.");
        }
    }

    /// <exception cref="ArgumentException">One operand is there without the other.</exception>
    public static void Together(string first, DeviceSpan<float> firstSpan, string second, DeviceSpan<float> secondSpan)
    {
        if (firstSpan.IsAbsent != secondSpan.IsAbsent)
        {
            throw new ArgumentException($"The operands '{first}' and '{second}' come together; only one of them is given.");
        }
    }

    /// <exception cref="ArgumentException">One operand is there without the other, or is shorter than its rows need.</exception>
    public static void ScaleAndShift(DeviceSpan<float> scale, DeviceSpan<float> shift, int batch, int channels, int stride)
    {
        Together("scale", scale, "shift", shift);
        Rows("scale", scale, batch, channels, stride);
        Rows("shift", shift, batch, channels, stride);
    }

    /// <summary>Checks an optional operand of rows that are <paramref name="stride"/> apart, 0 for no gap.</summary>
    /// <exception cref="ArgumentException">The rows overlap, or the operand ends before its last row does.</exception>
    public static void Rows(string operand, DeviceSpan<float> span, int batch, int channels, int stride)
    {
        if (stride != 0 && stride < channels)
        {
            throw new ArgumentException($"The stride of scale and shift is {stride}; rows of {channels} channels would overlap.");
        }

        if (!span.IsAbsent)
        {
            Check.Covers(operand, span, ((batch - 1L) * (stride == 0 ? channels : stride)) + channels);
        }
    }

    /// <summary>The part of an operand that some images have; an absent one stays absent.</summary>
    public static DeviceSpan<float> Images(DeviceSpan<float> span, int first, int count, int length) =>
        span.IsAbsent ? span : span.Slice(first * length, count * length);

    /// <summary>As <see cref="Images"/>, for rows that lie apart; the last one ends with its channels.</summary>
    public static DeviceSpan<float> ImageRows(DeviceSpan<float> span, int first, int count, int stride, int channels) =>
        span.IsAbsent ? span : span.Slice(first * stride, ((count - 1) * stride) + channels);
}
