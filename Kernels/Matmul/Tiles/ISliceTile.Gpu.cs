using ILGPU;

namespace KernelDiff.Kernels.Matmul;

/// <summary>One thread's accumulators of a tile that 64 threads share; see <see cref="SliceProducts"/>.</summary>
/// <typeparam name="TSelf">The struct itself.</typeparam>
internal interface ISliceTile<TSelf>
    where TSelf : struct, ISliceTile<TSelf>
{
    /// <summary>One step of the inner dimension: adds the outer product of the thread's rows and columns.</summary>
    /// <param name="rows">Left operand: the thread's first four rows stand at <paramref name="at"/>, the other four eight quads on.</param>
    /// <param name="columns">Right operand: the thread's first four columns stand at <paramref name="at"/>, others eight quads on.</param>
    /// <param name="at">Where the step begins in both, a constant.</param>
    void MultiplyAdd(ArrayView<Quad> rows, ArrayView<Quad> columns, int at);
}
