using ILGPU;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// A tile of accumulators in the registers of one thread: a few rows of <see cref="IColumns{TSelf}"/>. The same types serve matrix
/// products, convolutions and attention: <c>Rows4&lt;Columns64&gt;</c> and <c>Rows4&lt;Columns32&gt;</c> where one thread is a whole CPU core
/// (16 or 8 registers of AVX-512), <see cref="OuterTile"/> where many threads share a tile. <see cref="PackPanels"/> writes right operands
/// as tiles read them; <see cref="Epilogue"/> finishes sums.
/// </summary>
/// <remarks>
/// Four rows, not eight: with more, LLVM fetches the left factors by gather instructions, which costs half the speed. <c>default</c> is
/// the tile of zeros.
/// </remarks>
/// <typeparam name="TSelf">The struct itself.</typeparam>
internal interface ITile<TSelf>
    where TSelf : struct, ITile<TSelf>
{
    /// <summary>Number of rows, for host code.</summary>
    static abstract int Rows { get; }

    /// <summary>Number of columns, for host code.</summary>
    static abstract int Columns { get; }

    /// <summary>
    /// One step of the inner dimension: row r gains left[leftIndex + r · leftStride] · right[rightIndex .. rightIndex + columns).
    /// </summary>
    void MultiplyAdd(ArrayView<float> left, int leftIndex, int leftStride, ArrayView<float> right, int rightIndex);

    /// <summary>Writes row r to destination[index + r · stride .. + columns).</summary>
    void Store(ArrayView<float> destination, int index, int stride);
}
