using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// One thread's share of a slice of a convolution's source, 64 target pixels by <see cref="OperandSlice.Depth"/> consecutive elements of a
/// row of taps, on its way from global to shared memory, where the slice is [element][64], <see cref="OuterTile.Pitch"/> apart. Elements
/// behind the end of the row of taps are zero there.
/// </summary>
/// <remarks>Eight threads read eight consecutive elements of one pixel, and each thread reads those of eight pixels.</remarks>
internal struct PixelSlice
{
    private int step;
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

    /// <summary>Places a thread.</summary>
    /// <param name="thread">0 to 63.</param>
    /// <param name="pixels">Where the windows of the tile's 64 pixels begin in the source.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PixelSlice Place(int thread, ArrayView<int> pixels)
    {
        PixelSlice slice = default;
        var pixel = thread / OperandSlice.Depth;
        slice.step = thread - (pixel * OperandSlice.Depth);
        slice.sharedIndex = (slice.step * OuterTile.Pitch) + pixel;
        slice.p0 = pixels[pixel] + slice.step;
        slice.p1 = pixels[pixel + OperandSlice.Depth] + slice.step;
        slice.p2 = pixels[pixel + (2 * OperandSlice.Depth)] + slice.step;
        slice.p3 = pixels[pixel + (3 * OperandSlice.Depth)] + slice.step;
        slice.p4 = pixels[pixel + (4 * OperandSlice.Depth)] + slice.step;
        slice.p5 = pixels[pixel + (5 * OperandSlice.Depth)] + slice.step;
        slice.p6 = pixels[pixel + (6 * OperandSlice.Depth)] + slice.step;
        slice.p7 = pixels[pixel + (7 * OperandSlice.Depth)] + slice.step;
        return slice;
    }

    /// <summary>Reads a slice into registers.</summary>
    /// <param name="source">The padded source.</param>
    /// <param name="offset">Elements from the beginning of a window to the slice.</param>
    /// <param name="stepsLeft">Elements of the row of taps from the first one of the slice on; not positive where there is no slice.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> source, int offset, int stepsLeft)
    {
        var isInside = step < stepsLeft;
        e0 = Read(source, p0 + offset, isInside);
        e1 = Read(source, p1 + offset, isInside);
        e2 = Read(source, p2 + offset, isInside);
        e3 = Read(source, p3 + offset, isInside);
        e4 = Read(source, p4 + offset, isInside);
        e5 = Read(source, p5 + offset, isInside);
        e6 = Read(source, p6 + offset, isInside);
        e7 = Read(source, p7 + offset, isInside);
    }

    /// <summary>Writes the slice that was read last.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="offset">Where the slice begins in it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int offset)
    {
        var at = offset + sharedIndex;
        shared[at] = e0;
        shared[at + OperandSlice.Depth] = e1;
        shared[at + (2 * OperandSlice.Depth)] = e2;
        shared[at + (3 * OperandSlice.Depth)] = e3;
        shared[at + (4 * OperandSlice.Depth)] = e4;
        shared[at + (5 * OperandSlice.Depth)] = e5;
        shared[at + (6 * OperandSlice.Depth)] = e6;
        shared[at + (7 * OperandSlice.Depth)] = e7;
    }

    /// <summary>A load and two selections; a branch around the load would cost more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Read(ArrayView<float> source, int index, bool isInside)
    {
        var value = source[isInside ? index : 0];
        return isInside ? value : 0f;
    }
}
