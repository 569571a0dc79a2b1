using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// One thread's share of a slice of 64 channels by <see cref="OperandSlice.Depth"/> positions, on its way from global to shared memory: one
/// channel, so that neighbouring threads read neighbouring elements. In shared memory the slice is [position][64],
/// <see cref="OuterTile.Pitch"/> apart; what lies outside is zero there.
/// </summary>
internal struct ChannelSlice
{
    private float e0;
    private float e1;
    private float e2;
    private float e3;
    private float e4;
    private float e5;
    private float e6;
    private float e7;

    /// <summary>Reads a slice into registers.</summary>
    /// <param name="source">Pixels.</param>
    /// <param name="index">Index of the first position's first channel.</param>
    /// <param name="step">Elements from one position to the next.</param>
    /// <param name="positions">Positions that are left; not positive behind the end.</param>
    /// <param name="channel">The thread's channel.</param>
    /// <param name="channels">Channels of a pixel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> source, int index, int step, int positions, int channel, int channels)
    {
        var count = channel < channels ? positions : 0;
        index += channel;
        e0 = Read(source, index, 0 < count);
        e1 = Read(source, index + step, 1 < count);
        e2 = Read(source, index + (2 * step), 2 < count);
        e3 = Read(source, index + (3 * step), 3 < count);
        e4 = Read(source, index + (4 * step), 4 < count);
        e5 = Read(source, index + (5 * step), 5 < count);
        e6 = Read(source, index + (6 * step), 6 < count);
        e7 = Read(source, index + (7 * step), 7 < count);
    }

    /// <summary>Writes the slice that was read last.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="index">Index of the thread's channel at the first position.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int index)
    {
        shared[index] = e0;
        shared[index + OuterTile.Pitch] = e1;
        shared[index + (2 * OuterTile.Pitch)] = e2;
        shared[index + (3 * OuterTile.Pitch)] = e3;
        shared[index + (4 * OuterTile.Pitch)] = e4;
        shared[index + (5 * OuterTile.Pitch)] = e5;
        shared[index + (6 * OuterTile.Pitch)] = e6;
        shared[index + (7 * OuterTile.Pitch)] = e7;
    }

    /// <summary>A load and two selections; a branch around the load would cost more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Read(ArrayView<float> source, int index, bool isInside)
    {
        var value = source[isInside ? index : 0];
        return isInside ? value : 0f;
    }
}
