using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// A function of two variables in vectors for the SIMD twin; <c>a</c> and <c>b</c> are the constants of the contract, in the order of
/// <see cref="IBinaryArguments.Constants"/>.
/// </summary>
internal interface IBinaryFunction
{
    static abstract T Forward<T>(T left, T right, T a, T b)
        where T : unmanaged, ISimd<T>;
}
