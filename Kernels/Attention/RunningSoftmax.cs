using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>The softmax of a row of scores that arrives in blocks: its largest score so far and the sum of the powers relative to it.</summary>
internal unsafe struct RunningSoftmax
{
    /// <summary>Of no scores.</summary>
    public static RunningSoftmax Empty => new() { Maximum = float.NegativeInfinity };

    /// <summary>The largest score; scores are logarithms to base two.</summary>
    public float Maximum;

    /// <summary>The sum of 2^(score - maximum).</summary>
    public float Sum;

    /// <summary>
    /// Replaces scores by 2^(score - maximum). Where the maximum rises, what was summed before is scaled down to it.
    /// </summary>
    /// <param name="scores">Logarithms to base two.</param>
    /// <param name="count">Number of scores, at least one.</param>
    /// <param name="sums">Sums over earlier blocks weighted by their powers.</param>
    /// <param name="width">Number of sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Absorb<T>(float* scores, int count, float* sums, int width)
        where T : unmanaged, ISimd<T>
    {
        var maximum = Largest<T>(scores, count);
        if (!(maximum <= Maximum))
        {
            if (Sum != 0)
            {
                var factor = MathF.Exp(0.693147181f * (Maximum - maximum));
                Sum *= factor;
                AttentionRows.Multiply<T>(sums, factor, sums, width);
            }

            Maximum = maximum;
        }

        Sum += Powers<T>(scores, count, Maximum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Largest<T>(float* scores, int count)
        where T : unmanaged, ISimd<T>
    {
        var lowest = T.Create(float.NegativeInfinity);
        T a = lowest, b = lowest, c = lowest, d = lowest;
        var i = 0;
        for (; i <= count - (4 * T.Width); i += 4 * T.Width)
        {
            a = T.MaxNative(a, T.Load(scores + i));
            b = T.MaxNative(b, T.Load(scores + i + T.Width));
            c = T.MaxNative(c, T.Load(scores + i + (2 * T.Width)));
            d = T.MaxNative(d, T.Load(scores + i + (3 * T.Width)));
        }

        for (; i < count; i += T.Width)
        {
            a = T.MaxNative(a, T.LoadPartial(scores + i, Math.Min(T.Width, count - i), lowest));
        }

        return T.MaxAcross(T.MaxNative(T.MaxNative(a, b), T.MaxNative(c, d)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Powers<T>(float* scores, int count, float maximum)
        where T : unmanaged, ISimd<T>
    {
        var subtrahend = T.Create(maximum);
        T a = T.Zero, b = T.Zero;
        var i = 0;
        for (; i <= count - (2 * T.Width); i += 2 * T.Width)
        {
            var first = PowerOfTwo(T.Load(scores + i) - subtrahend);
            var second = PowerOfTwo(T.Load(scores + i + T.Width) - subtrahend);
            T.Store(first, scores + i);
            T.Store(second, scores + i + T.Width);
            a += first;
            b += second;
        }

        for (; i < count; i += T.Width)
        {
            var rest = Math.Min(T.Width, count - i);
            var power = PowerOfTwo(T.LoadPartial(scores + i, rest, T.Create(float.NegativeInfinity)) - subtrahend);
            T.StorePartial(power, scores + i, rest);
            a += power;
        }

        return T.Sum(a + b);
    }

    /// <summary>
    /// 2^x of x at most about zero. Below -126 it is 2^-126, which a sum that contains 1 does not notice, instead of falling to zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T PowerOfTwo<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        x = T.MaxNative(T.Create(-126f), x);
        var n = T.Round(x);
        var r = x - n;

        // 2^r on |r| <= 1/2, relative error 1.5e-7: one degree less than SimdMath.Exp2, whose last digit a softmax does not need.
        var p = T.Create(0.00132764725f);
        p = T.MultiplyAdd(p, r, T.Create(0.00967554096f));
        p = T.MultiplyAdd(p, r, T.Create(0.0555071309f));
        p = T.MultiplyAdd(p, r, T.Create(0.240221202f));
        p = T.MultiplyAdd(p, r, T.Create(0.693146944f));
        p = T.MultiplyAdd(p, r, T.Create(1f));
        return T.ScaleByPowerOfTwo(p, n);
    }
}
