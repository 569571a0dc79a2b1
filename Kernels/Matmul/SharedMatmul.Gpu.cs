using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// The matrix product for GPUs: teams of 64 threads share a tile of 64x64, each with its own part of the inner dimension. Slices of both
/// operands pass through two buffers of shared memory, so that the next slice is on its way while the current one is multiplied. Operands are
/// read 16 bytes at a time where <see cref="QuadAlignment"/> allows it.
/// </summary>
/// <remarks>
/// Networks at batch 1 make products of few tiles with deep sums: four teams give such a tile eight warps instead of two to hide the
/// latency of memory behind. The number of teams decides the order of the sum, so it depends on columns and inner dimension alone, never on
/// rows, which count images; for planes, on the rows of one image.
/// </remarks>
internal static class SharedMatmul
{
    /// <summary>The most teams that share a tile.</summary>
    public const int MostTeams = 4;

    /// <summary>Both operands of a team, two buffers. The finished tile passes through the same memory, 32 rows at a time.</summary>
    private const int SharedLength = 4 * SliceProducts.SharedLength;

    // The fused projections of attention have up to 2688 at 64 tokens, too few tiles for a GPU. With more there are enough for any number of
    // rows: on an H200, one team takes 0.84 of the time of four at 1024 x 3584. Shorter sums end before a second team would pay.
    private const int MostColumnsForTeams = 3072;
    private const int FewestStepsForTeams = 128;

    /// <summary>CUDA's limit for the third dimension of a grid.</summary>
    private const int MaximumSlices = 65535;

    private static readonly GpuKernel<Parameters> AnyKernel = new(Multiply<OneTeam, OperandSlice, OperandSlice>);
    private static readonly GpuKernel<Parameters> AnyInTeamsKernel = new(Multiply<FourTeams, OperandSlice, OperandSlice>);
    private static readonly GpuKernel<Parameters> PlainKernel = new(Multiply<OneTeam, StepQuads, RowQuads>);
    private static readonly GpuKernel<Parameters> PlainInTeamsKernel = new(Multiply<FourTeams, StepQuads, RowQuads>);
    private static readonly GpuKernel<Parameters> RightTransposedKernel = new(Multiply<OneTeam, StepQuads, StepQuads>);
    private static readonly GpuKernel<Parameters> RightTransposedInTeamsKernel = new(Multiply<FourTeams, StepQuads, StepQuads>);
    private static readonly GpuKernel<Parameters> LeftTransposedKernel = new(Multiply<OneTeam, RowQuads, RowQuads>);
    private static readonly GpuKernel<Parameters> LeftTransposedInTeamsKernel = new(Multiply<FourTeams, RowQuads, RowQuads>);

    public static GpuVariant<MatmulArguments> Variant { get; } = new(
        "shared",
        Launch,
        [
            AnyKernel,
            AnyInTeamsKernel,
            PlainKernel,
            PlainInTeamsKernel,
            RightTransposedKernel,
            RightTransposedInTeamsKernel,
            LeftTransposedKernel,
            LeftTransposedInTeamsKernel,
            .. FewRowsMatmul.Kernels,
            .. SplitSums.Kernels,
        ],
        preferredOn: DeviceClass.Gpu);

    /// <summary>How many teams share a tile; a type, because it decides how much shared memory a kernel declares.</summary>
    private interface ITeams
    {
        static abstract int Count { get; }
    }

    /// <summary>What <see cref="LaunchPlanes"/> launches.</summary>
    public static GpuKernel[] PlaneKernels =>
        [AnyKernel, AnyInTeamsKernel, PlainKernel, PlainInTeamsKernel, RightTransposedKernel, RightTransposedInTeamsKernel];

    /// <summary>Multiplies planes.</summary>
    /// <param name="device">Where.</param>
    /// <param name="products">Operands and sums.</param>
    /// <param name="transposeRight">Whether right operands are [columns][inner].</param>
    public static void LaunchPlanes(GpuDevice device, in PlaneProducts products, bool transposeRight)
    {
        // Planes are workspace, which begins at a multiple of a quad, as do their strides.
        var hasQuads = products.Inner % SliceProducts.Depth == 0 && (transposeRight || products.Columns % Quad.Elements == 0);
        var isDeep = products.HasFewRows && products.Inner >= FewestStepsForTeams;
        device.Launch(
            KernelFor(hasQuads, isTransposedLeft: false, transposeRight, isDeep),
            new Index3D(TilesOver(products.Rows), TilesOver(products.Columns), products.Planes),
            new Index3D((isDeep ? FourTeams.Count : OneTeam.Count) * OuterTile.Threads, 1, 1),
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
    }

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
        var isDeep = arguments.Columns <= MostColumnsForTeams && plan.Length >= FewestStepsForTeams;
        var teams = isDeep ? FourTeams.Count : OneTeam.Count;
        var hasQuads = QuadAlignment.Holds(arguments, plan.Length);
        var kernel = KernelFor(hasQuads, arguments.TransposeLeft, arguments.TransposeRight, isDeep);
        var hasFewRows = isDeep && hasQuads && FewRowsMatmul.Supports(arguments);
        var slices = arguments.Batch * plan.Count;
        for (var first = 0; first < slices; first += MaximumSlices)
        {
            parameters.FirstSlice = first;
            var count = Math.Min(slices - first, MaximumSlices);
            if (hasFewRows)
            {
                FewRowsMatmul.Launch(device, parameters, count);
                continue;
            }

            var grid = new Index3D(TilesOver(arguments.Rows), TilesOver(arguments.Columns), count);
            device.Launch(kernel, grid, new Index3D(teams * OuterTile.Threads, 1, 1), parameters);
        }
    }

    private static GpuKernel<Parameters> KernelFor(bool hasQuads, bool isTransposedLeft, bool isTransposedRight, bool isDeep)
    {
        if (!hasQuads)
        {
            return isDeep ? AnyInTeamsKernel : AnyKernel;
        }

        return (isTransposedLeft, isTransposedRight) switch
        {
            (true, _) => isDeep ? LeftTransposedInTeamsKernel : LeftTransposedKernel,
            (_, true) => isDeep ? RightTransposedInTeamsKernel : RightTransposedKernel,
            _ => isDeep ? PlainInTeamsKernel : PlainKernel,
        };
    }

    private static int TilesOver(int length) => (length + OuterTile.Size - 1) / OuterTile.Size;

    private static void Multiply<TTeams, TLeft, TRight>(Parameters p)
        where TTeams : struct, ITeams
        where TLeft : struct, IOperandSlice<TLeft>
        where TRight : struct, IOperandSlice<TRight>
    {
        var shared = SharedMemory.Allocate<float>(TTeams.Count * SharedLength);
        var quads = shared.Cast<Quad>();
        var team = Group.IdxX / OuterTile.Threads;
        var thread = Group.IdxX - (team * OuterTile.Threads);
        var slice = p.FirstSlice + Grid.IdxZ;
        var split = slice / p.Batch;
        var batch = slice - (split * p.Batch);
        var firstRow = Grid.IdxX * OuterTile.Size;
        var firstColumn = Grid.IdxY * OuterTile.Size;

        // All teams go through as many rounds, because they share barriers.
        var firstOfSplit = split * p.SplitLength;
        var part = TeamSteps.Of(team, TTeams.Count, IntrinsicMath.Min(p.SplitLength, p.Inner - firstOfSplit));
        var firstStep = firstOfSplit + part.First;
        var steps = part.Count;

        var left = TLeft.Place(
            thread,
            (batch * p.LeftBatchStride) + (firstRow * p.LeftOuterStride) + (firstStep * p.LeftInnerStride),
            p.LeftOuterStride,
            p.Rows - firstRow,
            p.LeftInnerStride);
        var right = TRight.Place(
            thread,
            (batch * p.RightBatchStride) + (firstColumn * p.RightOuterStride) + (firstStep * p.RightInnerStride),
            p.RightOuterStride,
            p.Columns - firstColumn,
            p.RightInnerStride);
        var teamShared = team * SharedLength;
        left.Load(p.Left, steps);
        right.Load(p.Right, steps);
        left.Store(shared, teamShared);
        right.Store(shared, teamShared + SliceProducts.SharedLength);
        Group.Barrier();

        var y = OuterTile.RowOf(thread);
        var x = OuterTile.ColumnOf(thread);
        OuterTile tile = default;
        var current = 0;
        for (var round = 0; round < part.Rounds; round++)
        {
            // Behind the last slice this reads and stores what nobody uses.
            var hasSteps = TTeams.Count == 1 || steps > 0;
            steps -= SliceProducts.Depth;
            left.Load(p.Left, steps);
            right.Load(p.Right, steps);
            if (hasSteps)
            {
                var leftQuad = ((teamShared + current) / 4) + y;
                var rightQuad = ((teamShared + current + SliceProducts.SharedLength) / 4) + x;
                tile = TTeams.Count > 1
                    ? SliceProducts.AddInLoop(tile, quads, leftQuad, rightQuad)
                    : SliceProducts.Add(tile, quads, leftQuad, rightQuad);
            }

            // What is overwritten was last read before the barrier that ended the previous round.
            current = (2 * SliceProducts.SharedLength) - current;
            left.Store(shared, teamShared + current);
            right.Store(shared, teamShared + current + SliceProducts.SharedLength);
            Group.Barrier();
        }

        var epilogueBatch = p.IsSplit != 0 ? slice : batch;
        tile.StoreUpper(quads, (teamShared / 4) + x, y);
        Group.Barrier();
        StoreHalf<TTeams>(p, shared, epilogueBatch, firstRow, team, firstColumn, thread);
        Group.Barrier();
        tile.StoreLower(quads, (teamShared / 4) + x, y);
        Group.Barrier();
        StoreHalf<TTeams>(p, shared, epilogueBatch, firstRow + (OuterTile.Size / 2), team, firstColumn, thread);
    }

    /// <summary>
    /// Adds what the teams have in half the tile, in their order. Each thread finishes a column of the rows that are its team's turn, so that
    /// neighbours write neighbouring elements.
    /// </summary>
    private static void StoreHalf<TTeams>(
        Parameters p, ArrayView<float> shared, int batch, int firstRow, int team, int firstColumn, int thread)
        where TTeams : struct, ITeams
    {
        var column = firstColumn + thread;
        if (column < p.Columns)
        {
            var rows = IntrinsicMath.Min(OuterTile.Size / 2, p.Rows - firstRow);
            for (var row = team; row < rows; row += TTeams.Count)
            {
                var sum = TeamSteps.AddUp(shared, (row * OuterTile.Pitch) + thread, SharedLength, TTeams.Count);
                p.Epilogue.Store(
                    sum, column, p.Epilogue.OutputIndex(batch, firstRow + row), p.Epilogue.ResidualIndex(batch, firstRow + row));
            }
        }
    }

    private readonly struct OneTeam : ITeams
    {
        public static int Count => 1;
    }

    private readonly struct FourTeams : ITeams
    {
        public static int Count => MostTeams;
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
