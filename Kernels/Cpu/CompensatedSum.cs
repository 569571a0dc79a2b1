using System.Runtime.CompilerServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>
/// SIMD, lane by lane: a sum and what rounding took from it, so that a long sum whose terms cancel keeps the accuracy of its terms.
/// </summary>
/// <remarks>The exact error of an addition in six additions: Knuth, The Art of Computer Programming, volume 2, section 4.2.2.</remarks>
internal readonly struct CompensatedSum<T>(T high, T low)
    where T : unmanaged, ISimd<T>
{
    /// <summary>The sum, rounded at every step.</summary>
    public readonly T High = high;

    /// <summary>The sum of the rounding errors.</summary>
    public readonly T Low = low;

    /// <summary>The sum rounded once.</summary>
    public T Total
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => High + Low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CompensatedSum<T> operator +(CompensatedSum<T> sum, T term)
    {
        var high = sum.High + term;
        var termPart = high - sum.High;
        var sumPart = high - termPart;
        return new CompensatedSum<T>(high, sum.Low + ((sum.High - sumPart) + (term - termPart)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CompensatedSum<T> operator +(CompensatedSum<T> left, CompensatedSum<T> right)
    {
        var sum = left + right.High;
        return new CompensatedSum<T>(sum.High, sum.Low + right.Low);
    }
}
