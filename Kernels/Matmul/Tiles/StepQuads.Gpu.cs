using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// A slice of an operand whose steps are consecutive in memory, a multiple of a slice of them: two threads read the eight steps of a row, a
/// quad each, and of the row half a tile below it.
/// </summary>
/// <remarks>Two quads side by side are the 32 bytes that a GPU reads from memory at a time.</remarks>
internal struct StepQuads : IOperandSlice<StepQuads>
{
    private const int Rows = OuterTile.Size / 2;

    private int upperQuad;
    private int lowerQuad;
    private int sharedIndex;
    private Quad upper;
    private Quad lower;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static StepQuads Place(int thread, int origin, int outerStride, int outerLeft, int innerStride)
    {
        StepQuads slice = default;
        var row = thread >> 1;
        var quad = thread & 1;

        // A row outside is the last one once more: its sums are not stored.
        slice.upperQuad = ((origin + (IntrinsicMath.Min(row, outerLeft - 1) * outerStride)) / Quad.Elements) + quad;
        slice.lowerQuad = ((origin + (IntrinsicMath.Min(row + Rows, outerLeft - 1) * outerStride)) / Quad.Elements) + quad;
        slice.sharedIndex = SharedIndex(row, quad);
        return slice;
    }

    /// <summary>Where the first step of a row's quad stands in a slice in shared memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SharedIndex(int row, int quad) => (quad * (Quad.Elements * OuterTile.Pitch)) + row;

    /// <summary>Writes the steps of two quads, half a tile of rows apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ArrayView<float> shared, int at, Quad upper, Quad lower)
    {
        shared[at] = upper.X;
        shared[at + OuterTile.Pitch] = upper.Y;
        shared[at + (2 * OuterTile.Pitch)] = upper.Z;
        shared[at + (3 * OuterTile.Pitch)] = upper.W;
        shared[at + Rows] = lower.X;
        shared[at + OuterTile.Pitch + Rows] = lower.Y;
        shared[at + (2 * OuterTile.Pitch) + Rows] = lower.Z;
        shared[at + (3 * OuterTile.Pitch) + Rows] = lower.W;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> source, int stepsLeft)
    {
        var quads = source.AsAligned(Quad.Bytes).Cast<Quad>();
        upper = quads[stepsLeft > 0 ? upperQuad : 0];
        lower = quads[stepsLeft > 0 ? lowerQuad : 0];
        upperQuad += SliceProducts.Depth / Quad.Elements;
        lowerQuad += SliceProducts.Depth / Quad.Elements;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int offset) => Store(shared, offset + sharedIndex, upper, lower);
}
