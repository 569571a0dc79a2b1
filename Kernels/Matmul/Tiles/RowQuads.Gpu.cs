using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// A slice of an operand whose rows (of a left operand; of a right one, columns) are consecutive in memory, a multiple of a quad of them: a
/// thread reads the same quad of rows at two steps. Steps outside are stored as zeros.
/// </summary>
internal struct RowQuads : IOperandSlice<RowQuads>
{
    // Threads that read a step.
    private const int QuadsOfStep = OuterTile.Size / Quad.Elements;

    // Steps that all threads read together.
    private const int Steps = OuterTile.Threads / QuadsOfStep;

    private int quad;
    private int quadStride;
    private int step;
    private int sharedQuad;

    // Steps of the slice that was read last.
    private int count;
    private Quad first;
    private Quad second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowQuads Place(int thread, int origin, int outerStride, int outerLeft, int innerStride)
    {
        RowQuads slice = default;
        slice.step = thread / QuadsOfStep;
        var rows = thread - (slice.step * QuadsOfStep);

        // Rows outside are the last ones once more: their sums are not stored.
        slice.quad = ((origin + (slice.step * innerStride)) / Quad.Elements) + IntrinsicMath.Min(rows, (outerLeft / Quad.Elements) - 1);
        slice.quadStride = innerStride / Quad.Elements;
        slice.sharedQuad = (slice.step * (OuterTile.Pitch / Quad.Elements)) + rows;
        return slice;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> source, int stepsLeft)
    {
        count = stepsLeft;
        var quads = source.AsAligned(Quad.Bytes).Cast<Quad>();
        first = quads[step < count ? quad : 0];
        second = quads[step + Steps < count ? quad + (Steps * quadStride) : 0];
        quad += SliceProducts.Depth * quadStride;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int offset)
    {
        var quads = shared.Cast<Quad>();
        var at = (offset / Quad.Elements) + sharedQuad;
        quads[at] = first.Where(step < count);
        quads[at + (Steps * OuterTile.Pitch / Quad.Elements)] = second.Where(step + Steps < count);
    }
}
