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
/// The terms of a sum and their order are those of <see cref="SharedMatmul"/> with four teams, so that a row's bits do not depend on how
/// many rows there are.
/// </remarks>
internal static class FewRowsMatmul
{
    /// <summary>The most rows that it takes.</summary>
    public const int MostRows = 8;

    /// <summary>Teams of a column.</summary>
    public const int Teams = 4;

    // A warp reads 128 bytes of a row side by side.
    private const int Columns = 32;

    private static readonly GpuKernel<SharedMatmul.Parameters> TwoRowsKernel = new(Multiply<TwoRows>);
    private static readonly GpuKernel<SharedMatmul.Parameters> EightRowsKernel = new(Multiply<EightRows>);

    /// <summary>The sums of a thread, one for each row.</summary>
    private interface IRowSums<TSelf>
        where TSelf : struct, IRowSums<TSelf>
    {
        static abstract int Count { get; }

        /// <summary>Sums of zero.</summary>
        /// <param name="origin">Index of the first row's first quad of the left operand.</param>
        /// <param name="stride">Quads from one row to the next.</param>
        /// <param name="last">The last row, which stands for those behind it: their sums are not stored.</param>
        static abstract TSelf Place(int origin, int stride, int last);

        /// <summary>Adds the products of a slice, step by step.</summary>
        void MultiplyAdd(ArrayView<Quad> left, Quad upper, Quad lower);

        /// <summary>Writes the sums, <see cref="Columns"/> apart.</summary>
        void Store(ArrayView<float> shared, int at);
    }

    public static GpuKernel[] Kernels => [TwoRowsKernel, EightRowsKernel];

    /// <summary>
    /// Whether the product is one of few rows with a right operand that is read along its rows, and the left one in quads.
    /// </summary>
    public static bool Supports(in MatmulArguments arguments) =>
        arguments.Rows <= MostRows
        && !arguments.TransposeLeft
        && !arguments.TransposeRight
        && QuadAlignment.Holds(arguments, arguments.Inner);

    /// <summary>Multiplies as <see cref="SharedMatmul"/> does with four teams.</summary>
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

        sums.Store(shared, (team * TRows.Count * Columns) + lane);
        Group.Barrier();
        if (column < p.Columns)
        {
            for (var row = team; row < p.Rows; row += Teams)
            {
                var index = (row * Columns) + lane;
                var sum = shared[index];
                for (var other = 1; other < Teams; other++)
                {
                    index += TRows.Count * Columns;
                    sum += shared[index];
                }

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

    /// <summary>A row's sum, and where its next quad of the left operand stands.</summary>
    private struct RowSum
    {
        private int quad;
        private float sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static RowSum At(int quad)
        {
            RowSum row = default;
            row.quad = quad;
            return row;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void MultiplyAdd(ArrayView<Quad> left, Quad upper, Quad lower)
        {
            var first = left[quad];
            var second = left[quad + 1];
            sum += first.X * upper.X;
            sum += first.Y * upper.Y;
            sum += first.Z * upper.Z;
            sum += first.W * upper.W;
            sum += second.X * lower.X;
            sum += second.Y * lower.Y;
            sum += second.Z * lower.Z;
            sum += second.W * lower.W;
            quad += SliceProducts.Depth / Quad.Elements;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(ArrayView<float> shared, int at) => shared[at] = sum;
    }

    private struct TwoRows : IRowSums<TwoRows>
    {
        private RowSum first;
        private RowSum second;

        public static int Count => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TwoRows Place(int origin, int stride, int last) => From(0, origin, stride, last);

        /// <summary>The sums of a row and the one behind it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TwoRows From(int row, int origin, int stride, int last)
        {
            TwoRows rows = default;
            rows.first = RowSum.At(origin + (IntrinsicMath.Min(row, last) * stride));
            rows.second = RowSum.At(origin + (IntrinsicMath.Min(row + 1, last) * stride));
            return rows;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void MultiplyAdd(ArrayView<Quad> left, Quad upper, Quad lower)
        {
            first.MultiplyAdd(left, upper, lower);
            second.MultiplyAdd(left, upper, lower);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(ArrayView<float> shared, int at)
        {
            first.Store(shared, at);
            second.Store(shared, at + Columns);
        }
    }

    private struct EightRows : IRowSums<EightRows>
    {
        private TwoRows first;
        private TwoRows second;
        private TwoRows third;
        private TwoRows fourth;

        public static int Count => MostRows;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static EightRows Place(int origin, int stride, int last)
        {
            EightRows rows = default;
            rows.first = TwoRows.From(0, origin, stride, last);
            rows.second = TwoRows.From(2, origin, stride, last);
            rows.third = TwoRows.From(4, origin, stride, last);
            rows.fourth = TwoRows.From(6, origin, stride, last);
            return rows;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void MultiplyAdd(ArrayView<Quad> left, Quad upper, Quad lower)
        {
            first.MultiplyAdd(left, upper, lower);
            second.MultiplyAdd(left, upper, lower);
            third.MultiplyAdd(left, upper, lower);
            fourth.MultiplyAdd(left, upper, lower);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(ArrayView<float> shared, int at)
        {
            first.Store(shared, at);
            second.Store(shared, at + (2 * Columns));
            third.Store(shared, at + (4 * Columns));
            fourth.Store(shared, at + (6 * Columns));
        }
    }
}
