using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// A slice of a source whose pixels begin at multiples of a quad, of rows of taps that are made of whole slices: two threads read the eight
/// elements of a pixel, as <see cref="StepQuads"/> does.
/// </summary>
internal struct PixelQuads : IPixelSlice<PixelQuads>
{
    // Where the windows of the thread's pixels begin in the source, and its quad there.
    private int upperWindow;
    private int lowerWindow;
    private int sharedIndex;
    private Quad upper;
    private Quad lower;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PixelQuads Place(int thread, ArrayView<int> pixels)
    {
        PixelQuads slice = default;
        var pixel = thread >> 1;
        var quad = thread & 1;
        slice.upperWindow = pixels[pixel] + (quad * Quad.Elements);
        slice.lowerWindow = pixels[pixel + (OuterTile.Size / 2)] + (quad * Quad.Elements);
        slice.sharedIndex = StepQuads.SharedIndex(pixel, quad);
        return slice;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> source, int offset, int stepsLeft)
    {
        var quads = source.AsAligned(Quad.Bytes).Cast<Quad>();
        upper = quads[stepsLeft > 0 ? (upperWindow + offset) / Quad.Elements : 0];
        lower = quads[stepsLeft > 0 ? (lowerWindow + offset) / Quad.Elements : 0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int offset) =>
        StepQuads.Store(shared, offset + sharedIndex, upper, lower);
}
