using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDiff.Kernels.Matmul;

/// <summary>A slice of an operand of any size and strides, element by element; what lies outside the operand is stored as zero.</summary>
/// <remarks>
/// The threads read along the dimension that is contiguous in memory, whichever it is: eight segments of eight steps at a time, or 64 rows
/// of one step.
/// </remarks>
internal struct OperandSlice : IOperandSlice<OperandSlice>
{
    private int index;
    private int advance;
    private int stride;
    private int sharedIndex;
    private int sharedStride;

    // Elements that lie inside the operand in the direction in which this thread reads.
    private int outerCount;
    private int step;
    private bool readsOuter;

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
    public static OperandSlice Place(int thread, int origin, int outerStride, int outerLeft, int innerStride)
    {
        OperandSlice slice = default;
        slice.readsOuter = innerStride == 1;
        var outer = slice.readsOuter ? thread / SliceProducts.Depth : thread;
        slice.step = slice.readsOuter ? thread - (outer * SliceProducts.Depth) : 0;
        slice.outerCount = slice.readsOuter ? (outerLeft - outer + SliceProducts.Depth - 1) / SliceProducts.Depth : outerLeft - outer;
        slice.index = origin + (outer * outerStride) + (slice.step * innerStride);
        slice.advance = SliceProducts.Depth * innerStride;
        slice.stride = slice.readsOuter ? SliceProducts.Depth * outerStride : innerStride;
        slice.sharedIndex = (slice.step * OuterTile.Pitch) + outer;
        slice.sharedStride = slice.readsOuter ? SliceProducts.Depth : OuterTile.Pitch;
        return slice;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> source, int stepsLeft)
    {
        count = readsOuter ? (step < stepsLeft ? outerCount : 0) : (outerCount > 0 ? stepsLeft : 0);
        e0 = Read(source, 0);
        e1 = Read(source, 1);
        e2 = Read(source, 2);
        e3 = Read(source, 3);
        e4 = Read(source, 4);
        e5 = Read(source, 5);
        e6 = Read(source, 6);
        e7 = Read(source, 7);
        index += advance;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int offset)
    {
        var at = offset + sharedIndex;
        shared[at] = count > 0 ? e0 : 0f;
        shared[at + sharedStride] = count > 1 ? e1 : 0f;
        shared[at + (2 * sharedStride)] = count > 2 ? e2 : 0f;
        shared[at + (3 * sharedStride)] = count > 3 ? e3 : 0f;
        shared[at + (4 * sharedStride)] = count > 4 ? e4 : 0f;
        shared[at + (5 * sharedStride)] = count > 5 ? e5 : 0f;
        shared[at + (6 * sharedStride)] = count > 6 ? e6 : 0f;
        shared[at + (7 * sharedStride)] = count > 7 ? e7 : 0f;
    }

    /// <summary>A load and a selection of its index; a branch around the load would cost more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float Read(ArrayView<float> source, int element) => source[element < count ? index + (element * stride) : 0];
}
