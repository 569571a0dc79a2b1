using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>Operations that treat every element on its own.</summary>
public static class PointwiseOperations
{
    /// <summary>x · sigmoid(x).</summary>
    public static Operation<UnaryArguments> Silu { get; } =
        Unary<Silu>("silu", "y = x * sigmoid(x)", () => Silu!, Fills.Normal(0, 3), Tolerance.Element(2e-6, 1e-7));

    public static Operation<UnaryBackwardArguments> SiluBackward { get; } =
        UnaryGradient<Silu>("silu-backward", () => SiluBackward!, () => Silu, Fills.Normal(0, 3), Tolerance.Element(4e-6, 1e-6));

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [Silu, SiluBackward];

    private static Operation<UnaryArguments> Unary<TFunction>(
        string name, string summary, Func<Operation<UnaryArguments>> self, Fill fill, Tolerance tolerance)
        where TFunction : unmanaged, IUnaryFunction, IGpuUnaryFunction =>
        new(
            name,
            "Pointwise",
            summary,
            () => UnaryCases.Forward(self, TFunction.Reference, fill, tolerance),
            CpuVariant.Simd<UnaryArguments, UnaryForward<TFunction>>(),
            UnaryKernels<TFunction>.ForwardVariant);

    private static Operation<UnaryBackwardArguments> UnaryGradient<TFunction>(
        string name,
        Func<Operation<UnaryBackwardArguments>> self,
        Func<Operation<UnaryArguments>> forward,
        Fill fill,
        Tolerance tolerance)
        where TFunction : unmanaged, IUnaryFunction, IGpuUnaryFunction =>
        new(
            name,
            "Pointwise",
            "dx = f'(x) * dy",
            () => UnaryCases.Backward(self, forward, TFunction.Reference, fill, tolerance),
            CpuVariant.Simd<UnaryBackwardArguments, UnaryBackward<TFunction>>(),
            UnaryKernels<TFunction>.BackwardVariant);
}
