using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// The matrix product for GPUs: 64 threads share a tile of 64x64, slices of both operands pass through two buffers of shared memory, so
/// that the next slice is on its way while the current one is multiplied.
/// </summary>
internal static class SharedMatmul
{
    /// <summary>Both operands, two buffers. The finished tile passes through the same memory, 32 rows at a time.</summary>
    private const int SharedLength = 4 * OperandSlice.SharedLength;

    /// <summary>CUDA's limit for the third dimension of a grid.</summary>
    private const int MaximumSlices = 65535;

    private static readonly GpuKernel<Parameters> Kernel = new(Multiply);

    public static GpuVariant<MatmulArguments> Variant { get; } =
        new("shared", Launch, [Kernel, .. SplitSums.Kernels], preferredOn: DeviceClass.Gpu);

    /// <summary>What <see cref="LaunchPlanes"/> launches.</summary>
    public static GpuKernel[] PlaneKernels => [Kernel];

    /// <summary>Multiplies planes.</summary>
    /// <param name="device">Where.</param>
    /// <param name="products">Operands and sums.</param>
    /// <param name="transposeRight">Whether right operands are [columns][inner].</param>
    public static void LaunchPlanes(GpuDevice device, in PlaneProducts products, bool transposeRight) =>
        device.Launch(
            Kernel,
            new Index3D(TilesOver(products.Rows), TilesOver(products.Columns), products.Planes),
            new Index3D(OuterTile.Threads, 1, 1),
            new Parameters
            {
                Left = products.Left,
                Right = products.Right,
                LeftOuterStride = products.Inner,
                LeftInnerStride = 1,
                LeftBatchStride = products.LeftStride,
                RightOuterStride = transposeRight ? products.Inner : 1,
                RightInnerStride = transposeRight ? 1 : products.Columns,
                RightBatchStride = products.RightStride,
                Rows = products.Rows,
                Columns = products.Columns,
                Inner = products.Inner,
                Batch = products.Planes,
                SplitLength = products.Inner,
                Epilogue = products.Epilogue,
            });

    private static void Launch(GpuDevice device, in MatmulArguments arguments) => SplitSums.Launch(device, arguments, LaunchSplit);

    private static void LaunchSplit(GpuDevice device, in MatmulArguments arguments, in SplitSums.Plan plan, Epilogue epilogue)
    {
        var parameters = new Parameters
        {
            Left = device.View(arguments.Left),
            Right = device.View(arguments.Right),
            LeftOuterStride = arguments.TransposeLeft ? 1 : arguments.LeftRowStride,
            LeftInnerStride = arguments.TransposeLeft ? arguments.LeftRowStride : 1,
            LeftBatchStride = arguments.LeftBatchStride,
            RightOuterStride = arguments.TransposeRight ? arguments.RightRowStride : 1,
            RightInnerStride = arguments.TransposeRight ? 1 : arguments.RightRowStride,
            RightBatchStride = arguments.RightBatchStride,
            Rows = arguments.Rows,
            Columns = arguments.Columns,
            Inner = arguments.Inner,
            Batch = arguments.Batch,
            SplitLength = plan.Length,
            IsSplit = plan.Count > 1 ? 1 : 0,
            Epilogue = epilogue,
        };
        var slices = arguments.Batch * plan.Count;
        for (var first = 0; first < slices; first += MaximumSlices)
        {
            parameters.FirstSlice = first;
            var grid = new Index3D(
                TilesOver(arguments.Rows), TilesOver(arguments.Columns), Math.Min(slices - first, MaximumSlices));
            device.Launch(Kernel, grid, new Index3D(OuterTile.Threads, 1, 1), parameters);
        }
    }

    private static int TilesOver(int length) => (length + OuterTile.Size - 1) / OuterTile.Size;

    internal static void Multiply(Parameters p)
    {
        var shared = SharedMemory.Allocate<float>(SharedLength);
        var quads = shared.Cast<Quad>();
        var thread = Group.IdxX;
        var slice = p.FirstSlice + Grid.IdxZ;
        var split = slice / p.Batch;
        var batch = slice - (split * p.Batch);
        var firstRow = Grid.IdxX * OuterTile.Size;
        var firstColumn = Grid.IdxY * OuterTile.Size;
        var firstStep = split * p.SplitLength;
        var steps = IntrinsicMath.Min(p.SplitLength, p.Inner - firstStep);

        var left = OperandSlice.Place(
            thread,
            (batch * p.LeftBatchStride) + (firstRow * p.LeftOuterStride) + (firstStep * p.LeftInnerStride),
            p.LeftOuterStride,
            p.Rows - firstRow,
            p.LeftInnerStride);
        var right = OperandSlice.Place(
            thread,
            (batch * p.RightBatchStride) + (firstColumn * p.RightOuterStride) + (firstStep * p.RightInnerStride),
            p.RightOuterStride,
            p.Columns - firstColumn,
            p.RightInnerStride);
        left.Load(p.Left, steps);
        right.Load(p.Right, steps);
        left.Store(shared, 0);
        right.Store(shared, OperandSlice.SharedLength);
        Group.Barrier();

        var y = thread / OuterTile.Side;
        var x = thread - (y * OuterTile.Side);
        OuterTile tile = default;
        var current = 0;
        for (var step = 0; step < steps; step += OperandSlice.Depth)
        {
            // Behind the last slice this reads nothing and stores zeros that nobody uses.
            left.Load(p.Left, steps - step - OperandSlice.Depth);
            right.Load(p.Right, steps - step - OperandSlice.Depth);

            var leftQuad = (current / 4) + y;
            var rightQuad = ((current + OperandSlice.SharedLength) / 4) + x;
            for (var k = 0; k < OperandSlice.Depth; k++)
            {
                tile.MultiplyAdd(quads, leftQuad, rightQuad);
                leftQuad += OuterTile.Pitch / 4;
                rightQuad += OuterTile.Pitch / 4;
            }

            // What is overwritten was last read before the barrier that ended the previous round.
            current = (2 * OperandSlice.SharedLength) - current;
            left.Store(shared, current);
            right.Store(shared, current + OperandSlice.SharedLength);
            Group.Barrier();
        }

        var epilogueBatch = p.IsSplit != 0 ? slice : batch;
        tile.StoreUpper(quads, x, y);
        Group.Barrier();
        StoreHalf(p, shared, epilogueBatch, firstRow, firstColumn + thread);
        Group.Barrier();
        tile.StoreLower(quads, x, y);
        Group.Barrier();
        StoreHalf(p, shared, epilogueBatch, firstRow + (OuterTile.Size / 2), firstColumn + thread);
    }

    /// <summary>Each thread finishes one column of half the tile, so that neighbours write neighbouring elements.</summary>
    private static void StoreHalf(Parameters p, ArrayView<float> shared, int batch, int firstRow, int column)
    {
        if (column < p.Columns)
        {
            var rows = IntrinsicMath.Min(OuterTile.Size / 2, p.Rows - firstRow);
            for (var row = 0; row < rows; row++)
            {
                p.Epilogue.Store(
                    shared[(row * OuterTile.Pitch) + Group.IdxX],
                    column,
                    p.Epilogue.OutputIndex(batch, firstRow + row),
                    p.Epilogue.ResidualIndex(batch, firstRow + row));
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Left;
        public ArrayView<float> Right;

        // Outer: rows of the left operand, columns of the right one. Inner: the dimension that is summed over.
        public int LeftOuterStride;
        public int LeftInnerStride;
        public int LeftBatchStride;
        public int RightOuterStride;
        public int RightInnerStride;
        public int RightBatchStride;
        public int Rows;
        public int Columns;
        public int Inner;
        public int Batch;
        public int SplitLength;
        public int IsSplit;
        public int FirstSlice;
        public Epilogue Epilogue;
    }
}
