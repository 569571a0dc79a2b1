using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Matmul;

/// <summary>Turns sums into elements of C while they are in the cache.</summary>
internal static unsafe class GemmEpilogue
{
    /// <summary>What <see cref="Finish{T}"/> applies, in this order.</summary>
    public struct Operands
    {
        public float Alpha;
        public float Beta;

        /// <summary>The bias of the block's first column, or null.</summary>
        public float* Bias;

        public Activation Activation;

        /// <summary>The residual of the block's first element, or null.</summary>
        public float* Residual;

        public long ResidualStride;
    }

    /// <summary>c = activation(alpha · sum + beta · c + bias) + residual over a block; sums may be c itself.</summary>
    [MethodImpl(HotLoop.Options)]
    public static void Finish<T>(float* sums, long sumStride, float* c, long cStride, int rows, int columns, in Operands operands)
        where T : unmanaged, ISimd<T>
    {
        var residual = operands.Residual;
        if (residual != null && operands is { Alpha: 1, Beta: 0, Activation: Activation.None } && operands.Bias == null)
        {
            AddResidual<T>(sums, sumStride, c, cStride, rows, columns, residual, operands.ResidualStride);
            return;
        }

        for (var row = 0; row < rows; row++, sums += sumStride, c += cStride)
        {
            var column = 0;
            for (; column <= columns - T.Width; column += T.Width)
            {
                var value = Apply(
                    T.Load(sums + column),
                    operands.Beta == 0 ? T.Zero : T.Load(c + column),
                    operands.Bias == null ? T.Zero : T.Load(operands.Bias + column),
                    operands);
                T.Store(residual == null ? value : value + T.Load(residual + column), c + column);
            }

            if (column < columns)
            {
                var rest = columns - column;
                var value = Apply(
                    T.LoadPartial(sums + column, rest),
                    operands.Beta == 0 ? T.Zero : T.LoadPartial(c + column, rest),
                    operands.Bias == null ? T.Zero : T.LoadPartial(operands.Bias + column, rest),
                    operands);
                T.StorePartial(residual == null ? value : value + T.LoadPartial(residual + column, rest), c + column, rest);
            }

            if (residual != null)
            {
                residual += operands.ResidualStride;
            }
        }
    }

    /// <summary>c = sum + residual, the most frequent epilogue, without asking for every vector what there is to do.</summary>
    [MethodImpl(HotLoop.Options)]
    private static void AddResidual<T>(
        float* sums, long sumStride, float* c, long cStride, int rows, int columns, float* residual, long residualStride)
        where T : unmanaged, ISimd<T>
    {
        for (var row = 0; row < rows; row++, sums += sumStride, c += cStride, residual += residualStride)
        {
            var column = 0;
            for (; column <= columns - T.Width; column += T.Width)
            {
                T.Store(T.Load(sums + column) + T.Load(residual + column), c + column);
            }

            if (column < columns)
            {
                var rest = columns - column;
                T.StorePartial(T.LoadPartial(sums + column, rest) + T.LoadPartial(residual + column, rest), c + column, rest);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Apply<T>(T sum, T c, T bias, in Operands operands)
        where T : unmanaged, ISimd<T>
    {
        var value = T.MultiplyAdd(T.Create(operands.Alpha), sum, bias);
        value = T.MultiplyAdd(T.Create(operands.Beta), c, value);
        return operands.Activation switch
        {
            Activation.Silu => SimdMath.Silu(value),
            Activation.Gelu => SimdMath.Gelu(value),
            _ => value,
        };
    }
}
