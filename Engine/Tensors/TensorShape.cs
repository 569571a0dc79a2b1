using System.Collections;
using System.Globalization;

namespace KernelDiff.Engine.Tensors;

/// <summary>
/// Sizes of a tensor, outermost first. Activations are [batch, height, width, channels] or [batch, tokens, channels]: the last
/// dimension is contiguous.
/// </summary>
public readonly struct TensorShape : IEquatable<TensorShape>, IReadOnlyList<int>
{
    private readonly int[]? sizes;

    /// <exception cref="ArgumentException">A size is negative, or the tensor would have over 2^31 - 1 elements.</exception>
    public TensorShape(params ReadOnlySpan<int> sizes)
    {
        long elements = 1;
        foreach (var size in sizes)
        {
            if (size < 0)
            {
                throw new ArgumentException($"A tensor cannot have the negative size {size}: [{string.Join(", ", sizes.ToArray())}].");
            }

            elements *= size;
            if (elements > int.MaxValue)
            {
                throw new ArgumentException(
                    $"A tensor of shape [{string.Join(", ", sizes.ToArray())}] is over the limit of {int.MaxValue} elements.");
            }
        }

        this.sizes = sizes.ToArray();
        Elements = (int)elements;
    }

    public int Rank => sizes?.Length ?? 0;

    public int Count => Rank;

    /// <summary>Number of elements: the product of the sizes, 1 for a scalar.</summary>
    public int Elements { get => sizes is null ? 1 : field; }

    /// <summary>The size of a dimension; negative indices count from the last one, -1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
    public int this[int dimension]
    {
        get
        {
            var index = dimension < 0 ? dimension + Rank : dimension;
            return (uint)index < (uint)Rank
                ? sizes![index]
                : throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"The shape {this} has {Rank} dimensions.");
        }
    }

    /// <summary>The product of the sizes before <paramref name="dimension"/>.</summary>
    public int ElementsBefore(int dimension) => Product(0, Normalize(dimension));

    /// <summary>The product of the sizes after <paramref name="dimension"/>.</summary>
    public int ElementsAfter(int dimension) => Product(Normalize(dimension) + 1, Rank);

    /// <summary>This shape with one size replaced.</summary>
    public TensorShape With(int dimension, int size)
    {
        var copy = ToArray();
        copy[Normalize(dimension)] = size;
        return new TensorShape(copy);
    }

    /// <summary>The index from 0 of a dimension that may be counted from the end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
    public int Normalize(int dimension)
    {
        _ = this[dimension];
        return dimension < 0 ? dimension + Rank : dimension;
    }

    public int[] ToArray() => sizes is null ? [] : (int[])sizes.Clone();

    public ReadOnlySpan<int> AsSpan() => sizes;

    public bool Equals(TensorShape other) => AsSpan().SequenceEqual(other.AsSpan());

    public override bool Equals(object? obj) => obj is TensorShape other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var size in AsSpan())
        {
            hash.Add(size);
        }

        return hash.ToHashCode();
    }

    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)(sizes ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() =>
        $"[{string.Join(", ", ToArray().Select(size => size.ToString(CultureInfo.InvariantCulture)))}]";

    public static bool operator ==(TensorShape left, TensorShape right) => left.Equals(right);

    public static bool operator !=(TensorShape left, TensorShape right) => !left.Equals(right);

    private int Product(int from, int to)
    {
        var product = 1;
        for (var i = from; i < to; i++)
        {
            product *= sizes![i];
        }

        return product;
    }
}
