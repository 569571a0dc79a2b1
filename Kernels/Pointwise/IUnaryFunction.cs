using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// A function of one variable with its derivative, in the three forms that are needed: vectors for the SIMD twin, scalars in kernels
/// (the other half of each struct, in <c>*.Gpu.cs</c>), and double precision as the truth.
/// </summary>
internal interface IUnaryFunction
{
    /// <summary>f(x) in vectors.</summary>
    static abstract T Forward<T>(T x)
        where T : unmanaged, ISimd<T>;

    /// <summary>f'(x) in vectors.</summary>
    static abstract T Derivative<T>(T x)
        where T : unmanaged, ISimd<T>;

    /// <summary>f(x) in double precision.</summary>
    static abstract double Reference(double x);
}
