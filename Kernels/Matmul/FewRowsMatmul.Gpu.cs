using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// Products of a few rows for GPUs, such as those of a timestep's embedding, where reading the right operand is nearly all there is to do:
/// tiles of 64 columns would leave it to a few multiprocessors. A thread has one column and, like a team of <see cref="SharedMatmul"/>, a
/// part of the inner dimension.
/// </summary>
/// <remarks>
/// The terms of a sum and their order are those of <see cref="SharedMatmul"/> with its most teams, so that a row's bits do not depend on how
/// many rows there are.
/// </remarks>
internal static class FewRowsMatmul
{
    /// <summary>The most rows that it takes.</summary>
    public const int MostRows = 8;

    private const int Teams = SharedMatmul.MostTeams;

    // A warp reads 128 bytes of a row side by side.
    private const int Columns = 32;

    private static readonly GpuKernel<SharedMatmul.Parameters> TwoRowsKernel = new(Multiply<TwoRows>);
    private static readonly GpuKernel<SharedMatmul.Parameters> EightRowsKernel = new(Multiply<EightRows>);

    public static GpuKernel[] Kernels => [TwoRowsKernel, EightRowsKernel];

    /// <summary>Whether a product for which <see cref="QuadAlignment"/> holds is one of few rows whose operands are both read along them.</summary>
    public static bool Supports(in MatmulArguments arguments) =>
        arguments.Rows <= MostRows && !arguments.TransposeLeft && !arguments.TransposeRight;

    /// <summary>Multiplies as <see cref="SharedMatmul"/> does with its most teams.</summary>
    /// <param name="device">Where.</param>
    /// <param name="parameters">The product, of which the first slice of batches is set.</param>
    /// <param name="slices">Products to compute from there on.</param>
    public static void Launch(GpuDevice device, in SharedMatmul.Parameters parameters, int slices) => device.Launch(
        parameters.Rows <= TwoRows.Count ? TwoRowsKernel : EightRowsKernel,
        new Index3D((parameters.Columns + Columns - 1) / Columns, 1, slices),
        new Index3D(Teams * Columns, 1, 1),
        parameters);

    private static void Multiply<TRows>(SharedMatmul.Parameters p)
        where TRows : struct, IRowSums<TRows>
    {
        var shared = SharedMemory.Allocate<float>(Teams * TRows.Count * Columns);
        var team = Group.IdxX / Columns;
        var lane = Group.IdxX - (team * Columns);
        var column = (Grid.IdxX * Columns) + lane;
        var batch = p.FirstSlice + Grid.IdxZ;
        var steps = TeamSteps.Of(team, Teams, p.Inner);

        var quads = p.Left.AsAligned(Quad.Bytes).Cast<Quad>();
        var sums = TRows.Place(
            ((batch * p.LeftBatchStride) + steps.First) / Quad.Elements, p.LeftOuterStride / Quad.Elements, p.Rows - 1);
        var first = (batch * p.RightBatchStride) + IntrinsicMath.Min(column, p.Columns - 1);
        var right = first + (steps.First * p.RightInnerStride);
        var current = RightSlice.Load(p, steps.Count > 0 ? right : first);
        var next = RightSlice.Load(p, steps.Count > SliceProducts.Depth ? right + Distance(p, 1) : first);
        var second = RightSlice.Load(p, steps.Count > 2 * SliceProducts.Depth ? right + Distance(p, 2) : first);
        for (var left = steps.Count; left > 0; left -= SliceProducts.Depth)
        {
            // Three slices are on their way at any time; behind the last one this reads what nobody uses.
            var third = RightSlice.Load(p, left > 3 * SliceProducts.Depth ? right + Distance(p, 3) : first);
            sums.MultiplyAdd(quads, current.Upper, current.Lower);
            right += Distance(p, 1);
            current = next;
            next = second;
            second = third;
        }

        sums.Store(shared, (team * TRows.Count * Columns) + lane, Columns);
        Group.Barrier();
        if (column < p.Columns)
        {
            for (var row = team; row < p.Rows; row += Teams)
            {
                var sum = TeamSteps.AddUp(shared, (row * Columns) + lane, TRows.Count * Columns, Teams);
                p.Epilogue.Store(sum, column, p.Epilogue.OutputIndex(batch, row), p.Epilogue.ResidualIndex(batch, row));
            }
        }
    }

    /// <summary>Elements of the right operand from one slice of a column to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Distance(SharedMatmul.Parameters p, int slices) => slices * SliceProducts.Depth * p.RightInnerStride;

    /// <summary>A slice of a column of the right operand.</summary>
    private struct RightSlice
    {
        public Quad Upper;
        public Quad Lower;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static RightSlice Load(SharedMatmul.Parameters p, int at)
        {
            var stride = p.RightInnerStride;
            RightSlice slice = default;
            slice.Upper.X = p.Right[at];
            slice.Upper.Y = p.Right[at + stride];
            slice.Upper.Z = p.Right[at + (2 * stride)];
            slice.Upper.W = p.Right[at + (3 * stride)];
            slice.Lower.X = p.Right[at + (4 * stride)];
            slice.Lower.Y = p.Right[at + (5 * stride)];
            slice.Lower.Z = p.Right[at + (6 * stride)];
            slice.Lower.W = p.Right[at + (7 * stride)];
            return slice;
        }
    }
}
