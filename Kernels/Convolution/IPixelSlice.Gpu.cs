using ILGPU;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// One thread's share of a slice of a convolution's source, 64 target pixels by <see cref="SliceProducts.Depth"/> consecutive elements of a
/// row of taps, on its way from global to shared memory as <see cref="IOperandSlice{TSelf}"/> describes it. Elements behind the end of the
/// row of taps are zero there.
/// </summary>
/// <typeparam name="TSelf">The struct itself.</typeparam>
internal interface IPixelSlice<TSelf>
    where TSelf : struct, IPixelSlice<TSelf>
{
    /// <summary>Places a thread.</summary>
    /// <param name="thread">0 to 63.</param>
    /// <param name="pixels">Where the windows of the tile's 64 pixels begin in the source.</param>
    static abstract TSelf Place(int thread, ArrayView<int> pixels);

    /// <summary>Reads a slice into registers.</summary>
    /// <param name="source">The padded source.</param>
    /// <param name="offset">Elements from the beginning of a window to the slice.</param>
    /// <param name="stepsLeft">Elements of the row of taps from the first one of the slice on; not positive where there is no slice.</param>
    void Load(ArrayView<float> source, int offset, int stepsLeft);

    /// <summary>Writes the slice that was read last.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="offset">Where the slice begins in it.</param>
    void Store(ArrayView<float> shared, int offset);
}
