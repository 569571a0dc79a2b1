using ILGPU;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// One thread's share of a slice of an operand, 64 rows (of the left operand) or columns (of the right one) by <see cref="SliceProducts.Depth"/>
/// steps of the inner dimension, on its way from global to shared memory, where the slice is [step][64], <see cref="OuterTile.Pitch"/> apart.
/// </summary>
/// <remarks>
/// What is read waits in registers untouched until it is stored, which is after the multiplications of the slice before: whatever a kernel
/// did with it at once, it would have to wait for the memory first. Elements outside the operand follow from where they are stored: rows
/// and columns outside give sums that nobody stores, steps outside are zero or are not multiplied.
/// </remarks>
/// <typeparam name="TSelf">The struct itself.</typeparam>
internal interface IOperandSlice<TSelf>
    where TSelf : struct, IOperandSlice<TSelf>
{
    /// <summary>Places a thread.</summary>
    /// <param name="thread">0 to 63.</param>
    /// <param name="origin">Index of the operand's element at row 0 of its tile, step 0.</param>
    /// <param name="outerStride">Elements between rows.</param>
    /// <param name="outerLeft">Rows of the operand from the tile's first one on.</param>
    /// <param name="innerStride">Elements between steps.</param>
    static abstract TSelf Place(int thread, int origin, int outerStride, int outerLeft, int innerStride);

    /// <summary>Reads the next slice into registers.</summary>
    /// <param name="source">The operand.</param>
    /// <param name="stepsLeft">Steps from the first one of the slice on; not positive behind the end.</param>
    void Load(ArrayView<float> source, int stepsLeft);

    /// <summary>Writes the slice that was read last.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="offset">Where the slice begins in it.</param>
    void Store(ArrayView<float> shared, int offset);
}
