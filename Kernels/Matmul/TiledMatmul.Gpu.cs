using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// The matrix product for CPUs behind OpenCL: a thread is a core, which holds a tile in its vector registers, reads rows of the right
/// operand as vectors and broadcasts elements of the left one.
/// </summary>
/// <remarks>
/// The left operand is never copied. The right one is packed into panels where enough rows use it; a few rows (a matrix-vector product)
/// read it where it is, through the same kernel and so to the same bits, and only a ragged last panel is packed.
/// </remarks>
internal static class TiledMatmul
{
    /// <summary>Up to this many rows a copy of the right operand costs more than it gains.</summary>
    private const int RowsWithoutPacking = 32;

    private static readonly GpuKernel<Parameters> Wide = new(Multiply<Rows4<Columns64>>);
    private static readonly GpuKernel<Parameters> Narrow = new(Multiply<Rows4<Columns32>>);

    public static GpuVariant<MatmulArguments> Variant { get; } = new(
        "tiled",
        Launch,
        [Wide, Narrow, .. PackPanels.Kernels, .. SplitSums.Kernels],
        preferredOn: DeviceClass.OpenClCpu | DeviceClass.Simulator,
        runsOn: DeviceClass.OpenClCpu | DeviceClass.Simulator);

    /// <summary>What <see cref="LaunchPlanes"/> launches.</summary>
    public static GpuKernel[] PlaneKernels => [Wide, Narrow];

    /// <summary>Multiplies planes whose right operands are panels already.</summary>
    /// <param name="device">Where.</param>
    /// <param name="products">Operands and sums.</param>
    /// <param name="width">Columns of a panel.</param>
    public static void LaunchPlanes(GpuDevice device, in PlaneProducts products, int width)
    {
        var isShort = products.Rows < Rows4<Columns64>.Rows;
        var parameters = new Parameters
        {
            Left = products.Left,
            Right = products.Right,
            TileRows = isShort ? 1 : Rows4<Columns64>.Rows,
            LeftRowStride = products.Inner,
            LeftTileStride = isShort ? 0 : products.Inner,
            LeftInnerStride = 1,
            LeftBatchStride = products.LeftStride,
            RightPanelStride = products.Inner * width,
            RightInnerStride = width,
            RightBatchStride = products.RightStride,
            Width = width,
            Rows = products.Rows,
            Columns = products.Columns,
            Inner = products.Inner,
            Batch = products.Planes,
            SplitLength = products.Inner,
            Epilogue = products.Epilogue,
        };
        LaunchPanels(device, width == Columns64.Width ? Wide : Narrow, parameters, PackPanels.PanelsOver(products.Columns, width), splits: 1);
    }

    private static void Launch(GpuDevice device, in MatmulArguments arguments) => SplitSums.Launch(device, arguments, LaunchSplit);

    private static void LaunchSplit(GpuDevice device, in MatmulArguments arguments, in SplitSums.Plan plan, Epilogue epilogue)
    {
        var isWide = PackPanels.PrefersWide(arguments.Columns);
        var width = isWide ? Columns64.Width : Columns32.Width;
        var kernel = isWide ? Wide : Narrow;
        var isShort = arguments.Rows < Rows4<Columns64>.Rows;
        var right = device.View(arguments.Right);
        var columnStride = arguments.TransposeRight ? arguments.RightRowStride : 1;
        var innerStride = arguments.TransposeRight ? 1 : arguments.RightRowStride;
        var rightBatch = arguments.RightBatchStride == 0 ? 1 : arguments.Batch;
        var parameters = new Parameters
        {
            Left = device.View(arguments.Left),

            // Fewer rows than a tile has: every row becomes a tile of its own that holds the row several times and stores it once.
            TileRows = isShort ? 1 : Rows4<Columns64>.Rows,
            LeftRowStride = arguments.TransposeLeft ? 1 : arguments.LeftRowStride,
            LeftTileStride = isShort ? 0 : arguments.TransposeLeft ? 1 : arguments.LeftRowStride,
            LeftInnerStride = arguments.TransposeLeft ? arguments.LeftRowStride : 1,
            LeftBatchStride = arguments.LeftBatchStride,
            Width = width,
            Rows = arguments.Rows,
            Columns = arguments.Columns,
            Inner = arguments.Inner,
            Batch = arguments.Batch,
            SplitLength = plan.Length,
            IsSplit = plan.Count > 1 ? 1 : 0,
            Epilogue = epilogue,
        };

        var readsInPlace = columnStride == 1 && (long)arguments.Rows * (arguments.Batch / rightBatch) <= RowsWithoutPacking;
        var firstPacked = 0;
        if (readsInPlace)
        {
            firstPacked = arguments.Columns / width;
            parameters.Right = right;
            parameters.RightPanelStride = width;
            parameters.RightInnerStride = innerStride;
            parameters.RightBatchStride = arguments.RightBatchStride;
            LaunchPanels(device, kernel, parameters, firstPacked, plan.Count);
        }

        var packedColumns = arguments.Columns - (firstPacked * width);
        if (packedColumns == 0)
        {
            return;
        }

        var packedLength = PackPanels.PackedLength(arguments.Inner, packedColumns, width);
        using var packed = device.Rent<float>(Check.Elements(rightBatch, packedLength));
        parameters.Right = device.View(packed.Span);
        PackPanels.Launch(
            device,
            right.SubView((long)firstPacked * width * columnStride),
            columnStride,
            innerStride,
            arguments.RightBatchStride,
            rightBatch,
            arguments.Inner,
            packedColumns,
            width,
            parameters.Right);
        parameters.FirstPanel = firstPacked;
        parameters.RightPanelStride = arguments.Inner * width;
        parameters.RightInnerStride = width;
        parameters.RightBatchStride = rightBatch == 1 ? 0 : packedLength;
        LaunchPanels(device, kernel, parameters, PackPanels.PanelsOver(packedColumns, width), plan.Count);
    }

    /// <summary>Tiles of the same panel follow one another, so that a core finds the panel in its cache.</summary>
    private static void LaunchPanels(GpuDevice device, GpuKernel<Parameters> kernel, Parameters parameters, int panels, int splits) =>
        device.Launch(
            kernel,
            new Index3D((parameters.Rows + parameters.TileRows - 1) / parameters.TileRows, panels, parameters.Batch * splits),
            new Index3D(1, 1, 1),
            parameters);

    internal static void Multiply<TTile>(Parameters p)
        where TTile : struct, ITile<TTile>
    {
        var finished = SharedMemory.Allocate<float>(4 * 64);
        var split = Grid.IdxZ / p.Batch;
        var batch = Grid.IdxZ - (split * p.Batch);
        var firstStep = split * p.SplitLength;
        var steps = IntrinsicMath.Min(p.SplitLength, p.Inner - firstStep);

        // The last tile is moved up until it fits, and stores only the rows that the one before it does not.
        var firstStored = Grid.IdxX * p.TileRows;
        var firstRow = IntrinsicMath.Min(firstStored, p.Rows - p.TileRows);

        var left = (batch * p.LeftBatchStride) + (firstRow * p.LeftRowStride) + (firstStep * p.LeftInnerStride);
        var right = (batch * p.RightBatchStride) + (Grid.IdxY * p.RightPanelStride) + (firstStep * p.RightInnerStride);
        TTile tile = default;
        for (var step = 0; step < steps; step++)
        {
            tile.MultiplyAdd(p.Left, left, p.LeftTileStride, p.Right, right);
            left += p.LeftInnerStride;
            right += p.RightInnerStride;
        }

        var firstColumn = (p.FirstPanel + Grid.IdxY) * p.Width;
        var columns = IntrinsicMath.Min(p.Width, p.Columns - firstColumn);
        var epilogueBatch = p.IsSplit != 0 ? Grid.IdxZ : batch;
        if (p.Epilogue.StoresSums() && columns == p.Width && firstRow == firstStored && p.TileRows > 1)
        {
            tile.Store(p.Epilogue.Output, p.Epilogue.OutputIndex(epilogueBatch, firstRow) + firstColumn, p.Epilogue.OutputStride);
            return;
        }

        tile.Store(finished, p.Zero, p.Width);
        for (var row = firstStored; row < firstRow + p.TileRows; row++)
        {
            p.Epilogue.StoreRow(
                finished,
                (row - firstRow) * p.Width,
                columns,
                firstColumn,
                p.Epilogue.OutputIndex(epilogueBatch, row),
                p.Epilogue.ResidualIndex(epilogueBatch, row));
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Left;
        public ArrayView<float> Right;

        // Rows that a tile stores, and the distance between those that it multiplies.
        public int TileRows;
        public int LeftTileStride;
        public int LeftRowStride;
        public int LeftInnerStride;
        public int LeftBatchStride;

        public int RightPanelStride;
        public int RightInnerStride;
        public int RightBatchStride;

        public int FirstPanel;
        public int Width;
        public int Rows;
        public int Columns;
        public int Inner;
        public int Batch;
        public int SplitLength;
        public int IsSplit;

        // Always 0, which the compiler must not know: see IColumns.
        public int Zero;

        public Epilogue Epilogue;
    }
}
