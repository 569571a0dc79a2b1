namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// The shape of an operand of up to four dimensions, the last one contiguous. A dimension of size 1 is repeated to the size that the
/// other operand has there.
/// </summary>
/// <example>An image tensor is <c>Of(batch, pixels, channels)</c>, a bias <c>Of(channels)</c>, an embedding that is added to every
/// pixel <c>Of(batch, 1, channels)</c>, a mask <c>Of(batch, pixels, 1)</c>.</example>
public readonly record struct Shape4(int Size0, int Size1, int Size2, int Size3)
{
    /// <summary>A single element.</summary>
    public static Shape4 Scalar { get; } = new(1, 1, 1, 1);

    /// <summary>Number of elements.</summary>
    /// <exception cref="ArgumentException">A size is negative, or there are more than 2^31 - 1 elements.</exception>
    public int Elements => Check.Elements(Size0, Size1, Size2, Size3);

    internal int this[int dimension] => dimension switch
    {
        0 => Size0,
        1 => Size1,
        2 => Size2,
        _ => Size3,
    };

    /// <summary>The given sizes as the last dimensions; those before are 1.</summary>
    /// <exception cref="ArgumentException">More than four sizes.</exception>
    public static Shape4 Of(params ReadOnlySpan<int> sizes)
    {
        if (sizes.Length > 4)
        {
            throw new ArgumentException($"A shape has at most 4 dimensions, not {sizes.Length}; merge neighbours that are not broadcast.");
        }

        var (s0, s1, s2, s3) = (1, 1, 1, 1);
        for (var i = 0; i < sizes.Length; i++)
        {
            (s0, s1, s2, s3) = (s1, s2, s3, sizes[i]);
        }

        return new Shape4(s0, s1, s2, s3);
    }

    /// <summary>The shape that both operands are repeated to.</summary>
    /// <exception cref="ArgumentException">A dimension differs and is 1 in neither operand.</exception>
    public static Shape4 Broadcast(Shape4 left, Shape4 right) => new(
        Broadcast(left, right, 0), Broadcast(left, right, 1), Broadcast(left, right, 2), Broadcast(left, right, 3));

    public override string ToString() => $"{Size0}x{Size1}x{Size2}x{Size3}";

    private static int Broadcast(Shape4 left, Shape4 right, int dimension)
    {
        var (a, b) = (left[dimension], right[dimension]);
        return a == b || b == 1 ? a : a == 1 ? b : throw new ArgumentException(
            $"The shapes {left} and {right} differ in dimension {dimension}, where neither has size 1: they cannot be broadcast.");
    }
}
