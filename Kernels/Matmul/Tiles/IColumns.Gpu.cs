using ILGPU;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// Consecutive floats that one thread holds in registers: a row of an accumulator tile. ILGPU unrolls no loops and puts indexed arrays into
/// slow memory, so the structs that implement this are generated, with one field per column.
/// </summary>
/// <remarks>
/// On a CPU behind OpenCL, LLVM joins the fields into vector registers if it sees consecutive addresses. It loses them where an index is
/// known to be a multiple of a power of two, because it then writes <c>i + 1</c> as <c>i | 1</c>: widths, strides and first indices reach a
/// kernel as run-time values, never as constants.
/// </remarks>
/// <typeparam name="TSelf">The struct itself.</typeparam>
internal interface IColumns<TSelf>
    where TSelf : struct, IColumns<TSelf>
{
    /// <summary>Number of columns, for host code.</summary>
    static abstract int Width { get; }

    /// <summary>Reads <see cref="Width"/> consecutive elements.</summary>
    static abstract TSelf Load(ArrayView<float> source, int index);

    /// <summary>Writes <see cref="Width"/> consecutive elements.</summary>
    void Store(ArrayView<float> destination, int index);

    /// <summary>
    /// As <see cref="Store"/>, with an index from which LLVM sees that the elements are consecutive, so that it stores vectors. It begins with
    /// the last basic block and with the stores in it, and cuts accumulators that are stored behind their loop into half registers of
    /// AVX-512. Hence this is for tiles that are stored at the head of an outer loop, before the inner one that computes them.
    /// </summary>
    void StoreVectors(ArrayView<float> destination, long index);

    /// <summary>Adds factor · other, column by column.</summary>
    void MultiplyAdd(float factor, TSelf other);
}
