using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>The power that softmaxes are made of, to base two: scores carry the factor log2(e).</summary>
internal static class SoftmaxPower
{
    /// <summary>
    /// 2^x of x at most about zero. Below -126 it is 2^-126, which a sum that contains 1 does not notice, instead of falling to zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T OfTwo<T>(T x)
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
