using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// One thread's share of a slice of an operand, 64 rows (of the left operand) or columns (of the right one) by <see cref="Depth"/> steps of
/// the inner dimension, on its way from global to shared memory. In shared memory the slice is [step][64], <see cref="OuterTile.Pitch"/>
/// apart; what lies outside the operand is zero there.
/// </summary>
/// <remarks>
/// The threads read along the dimension that is contiguous in memory, whichever it is: eight segments of eight steps at a time, or 64 rows
/// of one step.
/// </remarks>
internal struct OperandSlice
{
    /// <summary>Steps of the inner dimension in a slice.</summary>
    public const int Depth = 8;

    /// <summary>Floats of shared memory for a slice.</summary>
    public const int SharedLength = Depth * OuterTile.Pitch;

    private int index;
    private int advance;
    private int stride;
    private int sharedIndex;
    private int sharedStride;

    // Elements that lie inside the operand in the direction in which this thread reads.
    private int outerCount;
    private int step;
    private bool readsOuter;

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
    /// <param name="origin">Index of the operand's element at row 0 of its tile, step 0.</param>
    /// <param name="outerStride">Elements between rows.</param>
    /// <param name="outerLeft">Rows of the operand from the tile's first one on.</param>
    /// <param name="innerStride">Elements between steps.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OperandSlice Place(int thread, int origin, int outerStride, int outerLeft, int innerStride)
    {
        OperandSlice slice = default;
        slice.readsOuter = innerStride == 1;
        var outer = slice.readsOuter ? thread / Depth : thread;
        slice.step = slice.readsOuter ? thread - (outer * Depth) : 0;
        slice.outerCount = slice.readsOuter ? (outerLeft - outer + Depth - 1) / Depth : outerLeft - outer;
        slice.index = origin + (outer * outerStride) + (slice.step * innerStride);
        slice.advance = Depth * innerStride;
        slice.stride = slice.readsOuter ? Depth * outerStride : innerStride;
        slice.sharedIndex = (slice.step * OuterTile.Pitch) + outer;
        slice.sharedStride = slice.readsOuter ? Depth : OuterTile.Pitch;
        return slice;
    }

    /// <summary>Reads the next slice into registers.</summary>
    /// <param name="source">The operand.</param>
    /// <param name="stepsLeft">Steps from the first one of the slice on; not positive behind the end.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> source, int stepsLeft)
    {
        var count = readsOuter ? (step < stepsLeft ? outerCount : 0) : (outerCount > 0 ? stepsLeft : 0);
        e0 = Read(source, 0, count);
        e1 = Read(source, 1, count);
        e2 = Read(source, 2, count);
        e3 = Read(source, 3, count);
        e4 = Read(source, 4, count);
        e5 = Read(source, 5, count);
        e6 = Read(source, 6, count);
        e7 = Read(source, 7, count);
        index += advance;
    }

    /// <summary>Writes the slice that was read last.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="offset">Where the slice begins in it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int offset)
    {
        var at = offset + sharedIndex;
        shared[at] = e0;
        shared[at + sharedStride] = e1;
        shared[at + (2 * sharedStride)] = e2;
        shared[at + (3 * sharedStride)] = e3;
        shared[at + (4 * sharedStride)] = e4;
        shared[at + (5 * sharedStride)] = e5;
        shared[at + (6 * sharedStride)] = e6;
        shared[at + (7 * sharedStride)] = e7;
    }

    /// <summary>A load and two selections; a branch around the load would cost more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float Read(ArrayView<float> source, int element, int count)
    {
        var isInside = element < count;
        var value = source[isInside ? index + (element * stride) : 0];
        return isInside ? value : 0f;
    }
}
