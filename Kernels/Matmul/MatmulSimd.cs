using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>SIMD twin of the matrix product.</summary>
internal readonly unsafe struct MatmulSimd : ISimdKernel<MatmulArguments>
{
    public static void Run<T>(CpuDevice device, in MatmulArguments arguments)
        where T : unmanaged, ISimd<T> =>
        Gemm.Run<T>(device, new GemmProblem
        {
            Batch = arguments.Batch,
            Rows = arguments.Rows,
            Columns = arguments.Columns,
            Depth = arguments.Inner,
            A = arguments.Left.Pointer(),
            AStride = arguments.LeftRowStride,
            ABatchStride = arguments.LeftBatchStride,
            TransposeA = arguments.TransposeLeft,
            B = arguments.Right.Pointer(),
            BStride = arguments.RightRowStride,
            BBatchStride = arguments.RightBatchStride,
            TransposeB = arguments.TransposeRight,
            C = arguments.Output.Pointer(),
            CStride = arguments.OutputRowStride,
            CBatchStride = arguments.OutputBatchStride,
            Alpha = arguments.Alpha,
            Beta = arguments.Beta,
            Bias = arguments.Bias.Pointer(),
            Activation = arguments.Activation,
            Residual = arguments.Residual.Pointer(),
            ResidualStride = arguments.ResidualRowStride,
            ResidualBatchStride = arguments.ResidualBatchStride,
        });
}
