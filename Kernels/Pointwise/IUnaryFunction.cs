using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// A function of one variable with its derivative, in the three forms that are needed: vectors for the SIMD twin, scalars in kernels
/// (the other half of each struct, in <c>*.Gpu.cs</c>), and double precision as the truth.
/// </summary>
/// <remarks>
/// The constants <c>a</c> and <c>b</c> are those of the contract, in the order of <see cref="IUnaryArguments.Constants"/>.
/// </remarks>
internal interface IUnaryFunction
{
    /// <summary>f(x) in vectors.</summary>
    static abstract T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T>;

    /// <summary>f' in vectors, from x, or from f(x) where the backward contract saves the output.</summary>
    static abstract T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T>;

    /// <summary>f(x) in double precision.</summary>
    static abstract double Reference(double x, double a, double b);

    /// <summary>f'(x) in double precision, always from x.</summary>
    static abstract double ReferenceDerivative(double x, double a, double b);
}
