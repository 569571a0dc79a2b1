using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>The matrix product, which linear layers, 1x1 convolutions and their gradients are.</summary>
public static class MatmulOperations
{
    /// <summary>output = f(alpha · op(left) · op(right) + beta · output + bias) + residual.</summary>
    public static Operation<MatmulArguments> Matmul { get; } = new(
        "matmul",
        "Matmul",
        "output = f(alpha * op(left) * op(right) + beta * output + bias) + residual",
        MatmulCases.All,
        CpuVariant.Simd<MatmulArguments, MatmulSimd>(),
        TiledMatmul.Variant,
        SharedMatmul.Variant);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [Matmul];
}
