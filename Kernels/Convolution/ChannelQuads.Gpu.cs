using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>A slice of pixels that begin at multiples of a quad: a thread reads the same quad of channels at two positions.</summary>
internal struct ChannelQuads : IChannelSlice<ChannelQuads>
{
    // Threads that read a position.
    private const int QuadsOfPosition = OuterTile.Size / Quad.Elements;

    // Positions that all threads read together.
    private const int Positions = OuterTile.Threads / QuadsOfPosition;

    private int offset;
    private int step;
    private int position;
    private int sharedQuad;

    // Positions of the slice that was read last.
    private int count;
    private Quad first;
    private Quad second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChannelQuads Place(int thread, int firstChannel, int channels, int step)
    {
        ChannelQuads slice = default;
        slice.position = thread / QuadsOfPosition;
        var quad = thread - (slice.position * QuadsOfPosition);

        // Channels outside are the last ones once more: their sums are not stored.
        slice.offset = IntrinsicMath.Min(firstChannel + (quad * Quad.Elements), channels - Quad.Elements) + (slice.position * step);
        slice.step = step;
        slice.sharedQuad = (slice.position * (OuterTile.Pitch / Quad.Elements)) + quad;
        return slice;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> source, int index, int positions)
    {
        count = positions;
        var quads = source.AsAligned(Quad.Bytes).Cast<Quad>();
        first = quads[position < positions ? (index + offset) / Quad.Elements : 0];
        second = quads[position + Positions < positions ? (index + offset + (Positions * step)) / Quad.Elements : 0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int offset)
    {
        var quads = shared.Cast<Quad>();
        var at = (offset / Quad.Elements) + sharedQuad;
        quads[at] = first.Where(position < count);
        quads[at + (Positions * OuterTile.Pitch / Quad.Elements)] = second.Where(position + Positions < count);
    }
}
