using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// A slice of pixels of any number of channels, element by element: a thread has one channel, so that neighbouring threads read neighbouring
/// elements. Channels outside are zero in shared memory too.
/// </summary>
internal struct ChannelSlice : IChannelSlice<ChannelSlice>
{
    private int channel;
    private int step;
    private int sharedIndex;
    private bool hasChannel;

    // Elements of the slice that was read last that lie inside.
    private int count;

    private float e0;
    private float e1;
    private float e2;
    private float e3;
    private float e4;
    private float e5;
    private float e6;
    private float e7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChannelSlice Place(int thread, int firstChannel, int channels, int step)
    {
        ChannelSlice slice = default;
        slice.channel = firstChannel + thread;
        slice.step = step;
        slice.sharedIndex = thread;
        slice.hasChannel = slice.channel < channels;
        return slice;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> source, int index, int positions)
    {
        count = hasChannel ? positions : 0;
        index += channel;
        e0 = Read(source, index, 0);
        e1 = Read(source, index, 1);
        e2 = Read(source, index, 2);
        e3 = Read(source, index, 3);
        e4 = Read(source, index, 4);
        e5 = Read(source, index, 5);
        e6 = Read(source, index, 6);
        e7 = Read(source, index, 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int offset)
    {
        var at = offset + sharedIndex;
        shared[at] = count > 0 ? e0 : 0f;
        shared[at + OuterTile.Pitch] = count > 1 ? e1 : 0f;
        shared[at + (2 * OuterTile.Pitch)] = count > 2 ? e2 : 0f;
        shared[at + (3 * OuterTile.Pitch)] = count > 3 ? e3 : 0f;
        shared[at + (4 * OuterTile.Pitch)] = count > 4 ? e4 : 0f;
        shared[at + (5 * OuterTile.Pitch)] = count > 5 ? e5 : 0f;
        shared[at + (6 * OuterTile.Pitch)] = count > 6 ? e6 : 0f;
        shared[at + (7 * OuterTile.Pitch)] = count > 7 ? e7 : 0f;
    }

    /// <summary>A load and a selection of its index; a branch around the load would cost more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float Read(ArrayView<float> source, int index, int position) =>
        source[position < count ? index + (position * step) : 0];
}
