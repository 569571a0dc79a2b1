namespace KernelDiff.Kernels;

/// <summary>The checks that every contract makes before anything is allocated or launched.</summary>
internal static class Check
{
    /// <exception cref="ArgumentException">The operand is absent or has another length.</exception>
    public static void Length<T>(string operand, DeviceSpan<T> span, long expected)
        where T : unmanaged
    {
        if (span.IsAbsent)
        {
            throw new ArgumentException($"The operand '{operand}' is missing; {expected} elements are expected.");
        }

        if (span.Length != expected)
        {
            throw new ArgumentException($"The operand '{operand}' has {span.Length} elements; its shape needs {expected}.");
        }
    }

    /// <summary>For operands that may be left out.</summary>
    /// <exception cref="ArgumentException">The operand is there and has another length.</exception>
    public static void OptionalLength<T>(string operand, DeviceSpan<T> span, long expected)
        where T : unmanaged
    {
        if (!span.IsAbsent)
        {
            Length(operand, span, expected);
        }
    }

    /// <summary>For operands that are read through strides.</summary>
    /// <exception cref="ArgumentException">The operand is absent or shorter than its farthest element.</exception>
    public static void Covers<T>(string operand, DeviceSpan<T> span, long needed)
        where T : unmanaged
    {
        if (span.IsAbsent || span.Length < needed)
        {
            throw new ArgumentException($"The operand '{operand}' has {span.Length} elements; its strides reach {needed}.");
        }
    }

    /// <exception cref="ArgumentException">A size is not positive.</exception>
    public static void Positive(string name, int value)
    {
        if (value <= 0)
        {
            throw new ArgumentException($"The size '{name}' is {value}; it must be positive.");
        }
    }

    /// <summary>The number of elements of a shape.</summary>
    /// <exception cref="ArgumentException">A size is negative, or the product is over 2^31 - 1.</exception>
    public static int Elements(params ReadOnlySpan<int> shape)
    {
        long product = 1;
        foreach (var size in shape)
        {
            if (size < 0)
            {
                throw new ArgumentException($"A shape cannot have the negative size {size}.");
            }

            product *= size;
            if (product > int.MaxValue)
            {
                throw new ArgumentException(
                    $"A tensor of {string.Join(" x ", shape.ToArray())} elements is over the limit of {int.MaxValue} elements.");
            }
        }

        return (int)product;
    }
}
