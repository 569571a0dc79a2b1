using ILGPU;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// One thread's share of a slice of 64 channels by <see cref="OperandSlice.Depth"/> positions, on its way from global to shared memory as
/// <see cref="IOperandSlice{TSelf}"/> describes it. In shared memory it is [position][64], <see cref="OuterTile.Pitch"/> apart; positions
/// behind the end of a line are zero there.
/// </summary>
/// <typeparam name="TSelf">The struct itself.</typeparam>
internal interface IChannelSlice<TSelf>
    where TSelf : struct, IChannelSlice<TSelf>
{
    /// <summary>Places a thread.</summary>
    /// <param name="thread">0 to 63.</param>
    /// <param name="firstChannel">The first channel of the tile.</param>
    /// <param name="channels">Channels of a pixel.</param>
    /// <param name="step">Elements from one position to the next.</param>
    static abstract TSelf Place(int thread, int firstChannel, int channels, int step);

    /// <summary>Reads a slice into registers.</summary>
    /// <param name="source">Pixels.</param>
    /// <param name="index">Index of the first position's first channel.</param>
    /// <param name="positions">Positions that are left; not positive behind the end.</param>
    void Load(ArrayView<float> source, int index, int positions);

    /// <summary>Writes the slice that was read last.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="offset">Where the slice begins in it.</param>
    void Store(ArrayView<float> shared, int offset);
}
