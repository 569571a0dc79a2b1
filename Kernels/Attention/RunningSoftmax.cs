using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// The softmaxes of a vector of columns, one query in each lane, whose scores arrive in blocks: the largest score so far and the sum of
/// the powers relative to it. Nothing is summed across lanes, so a column has the same bits whatever stands beside it.
/// </summary>
internal struct RunningSoftmax<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>Of no scores.</summary>
    public static RunningSoftmax<T> Empty => new() { Maximum = T.Create(float.NegativeInfinity), Sum = T.Zero };

    /// <summary>The largest scores; scores are logarithms to base two.</summary>
    public T Maximum { get; private set; }

    /// <summary>The sums of 2^(score - maximum).</summary>
    public T Sum { get; private set; }

    /// <summary>
    /// Replaces scores by 2^(score - maximum). Where a maximum rises, what was summed before is scaled down to it.
    /// </summary>
    /// <param name="scores">Logarithms to base two: rows of one vector each.</param>
    /// <param name="stride">Floats from one row to the next, of scores and of sums.</param>
    /// <param name="count">Rows of scores, at least one.</param>
    /// <param name="sums">Rows of sums over earlier blocks weighted by their powers; not touched by the first block.</param>
    /// <param name="width">Rows of sums.</param>
    [MethodImpl(HotLoop.Options)]
    public unsafe void Absorb(float* scores, long stride, int count, float* sums, int width)
    {
        var largest = T.MaxNative(Maximum, Largest(scores, stride, count));
        if (T.Any(T.GreaterThan(Sum, T.Zero)) && T.Any(T.GreaterThan(largest, Maximum)))
        {
            var factor = SoftmaxPower.OfTwo(Maximum - largest);
            Sum *= factor;
            for (var row = 0; row < width; row++, sums += stride)
            {
                T.Store(T.Load(sums) * factor, sums);
            }
        }

        Maximum = largest;
        Sum += Powers(scores, stride, count, largest);
    }

    [MethodImpl(HotLoop.Options)]
    private static unsafe T Largest(float* scores, long stride, int count)
    {
        var lowest = T.Create(float.NegativeInfinity);
        T a = lowest, b = lowest, c = lowest, d = lowest;
        var row = 0;
        for (; row <= count - 4; row += 4, scores += 4 * stride)
        {
            a = T.MaxNative(a, T.Load(scores));
            b = T.MaxNative(b, T.Load(scores + stride));
            c = T.MaxNative(c, T.Load(scores + (2 * stride)));
            d = T.MaxNative(d, T.Load(scores + (3 * stride)));
        }

        for (; row < count; row++, scores += stride)
        {
            a = T.MaxNative(a, T.Load(scores));
        }

        return T.MaxNative(T.MaxNative(a, b), T.MaxNative(c, d));
    }

    [MethodImpl(HotLoop.Options)]
    private static unsafe T Powers(float* scores, long stride, int count, T maximum)
    {
        T a = T.Zero, b = T.Zero;
        var row = 0;
        for (; row <= count - 2; row += 2, scores += 2 * stride)
        {
            var first = SoftmaxPower.OfTwo(T.Load(scores) - maximum);
            var second = SoftmaxPower.OfTwo(T.Load(scores + stride) - maximum);
            T.Store(first, scores);
            T.Store(second, scores + stride);
            a += first;
            b += second;
        }

        if (row < count)
        {
            var power = SoftmaxPower.OfTwo(T.Load(scores) - maximum);
            T.Store(power, scores);
            a += power;
        }

        return a + b;
    }
}
