using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>A slice of a source of any size, element by element.</summary>
/// <remarks>Eight threads read eight consecutive elements of one pixel, and each thread reads those of eight pixels.</remarks>
internal struct PixelSlice : IPixelSlice<PixelSlice>
{
    private int step;

    // Whether the elements that were read last lie in the row of taps.
    private bool isInside;
    private int sharedIndex;

    // Where the windows of the thread's pixels begin in the source.
    private int p0;
    private int p1;
    private int p2;
    private int p3;
    private int p4;
    private int p5;
    private int p6;
    private int p7;

    private float e0;
    private float e1;
    private float e2;
    private float e3;
    private float e4;
    private float e5;
    private float e6;
    private float e7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PixelSlice Place(int thread, ArrayView<int> pixels)
    {
        PixelSlice slice = default;
        var pixel = thread / SliceProducts.Depth;
        slice.step = thread - (pixel * SliceProducts.Depth);
        slice.sharedIndex = (slice.step * OuterTile.Pitch) + pixel;
        slice.p0 = pixels[pixel] + slice.step;
        slice.p1 = pixels[pixel + SliceProducts.Depth] + slice.step;
        slice.p2 = pixels[pixel + (2 * SliceProducts.Depth)] + slice.step;
        slice.p3 = pixels[pixel + (3 * SliceProducts.Depth)] + slice.step;
        slice.p4 = pixels[pixel + (4 * SliceProducts.Depth)] + slice.step;
        slice.p5 = pixels[pixel + (5 * SliceProducts.Depth)] + slice.step;
        slice.p6 = pixels[pixel + (6 * SliceProducts.Depth)] + slice.step;
        slice.p7 = pixels[pixel + (7 * SliceProducts.Depth)] + slice.step;
        return slice;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> source, int offset, int stepsLeft)
    {
        isInside = step < stepsLeft;
        e0 = Read(source, p0 + offset);
        e1 = Read(source, p1 + offset);
        e2 = Read(source, p2 + offset);
        e3 = Read(source, p3 + offset);
        e4 = Read(source, p4 + offset);
        e5 = Read(source, p5 + offset);
        e6 = Read(source, p6 + offset);
        e7 = Read(source, p7 + offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int offset)
    {
        var at = offset + sharedIndex;
        shared[at] = isInside ? e0 : 0f;
        shared[at + SliceProducts.Depth] = isInside ? e1 : 0f;
        shared[at + (2 * SliceProducts.Depth)] = isInside ? e2 : 0f;
        shared[at + (3 * SliceProducts.Depth)] = isInside ? e3 : 0f;
        shared[at + (4 * SliceProducts.Depth)] = isInside ? e4 : 0f;
        shared[at + (5 * SliceProducts.Depth)] = isInside ? e5 : 0f;
        shared[at + (6 * SliceProducts.Depth)] = isInside ? e6 : 0f;
        shared[at + (7 * SliceProducts.Depth)] = isInside ? e7 : 0f;
    }

    /// <summary>A load and a selection of its index; a branch around the load would cost more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float Read(ArrayView<float> source, int index) => source[isInside ? index : 0];
}
