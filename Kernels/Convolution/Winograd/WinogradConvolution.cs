using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Convolutions of 3 x 3 pixels on the CPU by Winograd's algorithms, cut in ways that give the same bits: what limits the speed is
/// how often transformed inputs, transformed weights and sums come from which cache.
/// </summary>
/// <remarks>
/// Weights are transformed in every call. Transformed weights are 4 times (F(4 x 4)) or 1.8 times as large as the weights: where a layer
/// has many weights and few pixels, reading them from memory takes longer than computing them, and where it has many pixels, computing
/// them is a few hundredths of the work. So nothing is kept that could go stale.
/// </remarks>
internal static class WinogradConvolution
{
    /// <exception cref="DeviceMemoryException">The system has no memory left for the transformed inputs.</exception>
    public static unsafe void Run<TWinograd, T>(CpuDevice device, in WinogradGeometry geometry, in IndirectConvolution.Operands operands)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T>
    {
        if (WinogradStagedPlan.Pays(geometry, TWinograd.Tile))
        {
            RunStages<TWinograd, T>(device, geometry, operands);
        }
        else if (WinogradFewTiles.Pays<TWinograd, T>(geometry))
        {
            RunFewTiles(device, geometry, operands);
        }
        else if (WinogradChunkPlan.Pays(geometry))
        {
            RunChunks<TWinograd, T>(device.Workers, geometry, operands);
        }
        else
        {
            RunBlocks<TWinograd, T>(device, geometry, operands);
        }
    }

    /// <summary>A few tiles of F(4 x 4) with AVX-512, with weights that are transformed in registers.</summary>
    public static void RunFewTiles(CpuDevice device, in WinogradGeometry geometry, in IndirectConvolution.Operands operands)
    {
        var grid = WinogradFewTiles.Grid(geometry);
        WinogradFewTiles.Run(device, geometry, Sources<Winograd4>(geometry, operands, grid.Rows, grid.Columns), operands);
    }

    /// <summary>Tiles from inputs to outputs, chunk by chunk.</summary>
    public static void RunChunks<TWinograd, T>(WorkerPool workers, in WinogradGeometry geometry, in IndirectConvolution.Operands operands)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T>
    {
        var plan = WinogradChunkPlan.Create<TWinograd, T>(geometry, workers.Threads);
        var sources = Sources<TWinograd>(geometry, operands, plan.TileRows, plan.TileColumns);
        workers.For(plan.Chunks, new WinogradChunkItem<TWinograd, T>(geometry, plan, sources, operands));
    }

    /// <summary>Inputs of a band first, then panels of target channels, each of which transforms its weights again for every chunk of tiles.</summary>
    public static unsafe void RunBlocks<TWinograd, T>(
        CpuDevice device, in WinogradGeometry geometry, in IndirectConvolution.Operands operands)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T>
    {
        var plan = WinogradPlan.Create<TWinograd, T>(geometry, device.Workers.Threads);
        using var workspace = device.Rent<float>(checked((int)(plan.Planes * plan.InputPlane)));
        var transformed = workspace.Span.Pointer();
        var sources = Sources<TWinograd>(geometry, operands, plan.TileRows, plan.TileColumns);
        for (var first = 0; first < plan.Tiles; first += plan.BandTiles)
        {
            var tiles = Math.Min(plan.BandTiles, plan.Tiles - first);
            TransformInputs<TWinograd, T>(device.Workers, sources, first, tiles, transformed, plan.InputPlane);
            var item = new WinogradProductItem<TWinograd, T>(geometry, plan, operands, first, tiles, transformed);
            device.Workers.For(item.Items, item);
        }
    }

    /// <summary>Inputs, weights, products and outputs of a band one after the other, each of them by all threads.</summary>
    public static unsafe void RunStages<TWinograd, T>(
        CpuDevice device, in WinogradGeometry geometry, in IndirectConvolution.Operands operands)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T>
    {
        var plan = WinogradStagedPlan.Create<TWinograd, T>(geometry, device.Workers.Threads);
        using var workspace = device.Rent<float>(plan.WorkspaceLength);
        var inputs = workspace.Span.Pointer();
        var weights = inputs + plan.InputLength;
        var sums = weights + plan.WeightLength;
        var sources = Sources<TWinograd>(geometry, operands, plan.TileRows, plan.TileColumns);
        for (var first = 0; first < plan.Tiles; first += plan.BandTiles)
        {
            var tiles = Math.Min(plan.BandTiles, plan.Tiles - first);
            TransformInputs<TWinograd, T>(device.Workers, sources, first, tiles, inputs, plan.InputPlane);
            for (var group = 0; group < plan.Groups; group++)
            {
                if (first == 0 || plan.Groups > 1)
                {
                    var panel = plan.FirstPanel(group);
                    var item = new WinogradWeightsItem<TWinograd, T>(
                        geometry, plan.Layout, operands.Weights, panel, weights, plan.WeightsPlane);
                    device.Workers.For(item.Items(plan.FirstPanel(group + 1) - panel), item);
                }

                var products = new WinogradPlaneItem<TWinograd, T>(geometry, plan, tiles, group, inputs, weights, sums);
                device.Workers.For(products.Items, products);
                device.Workers.ForRanges(
                    tiles,
                    WinogradOutputItem<TWinograd, T>.Grain,
                    new WinogradOutputItem<TWinograd, T>(geometry, plan, operands, first, group, sums));
            }
        }
    }

    private static unsafe void TransformInputs<TWinograd, T>(
        WorkerPool workers, in WinogradTiles sources, int first, int tiles, float* inputs, long plane)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T> =>
        workers.ForRanges(
            tiles, WinogradTransformItem<TWinograd, T>.Grain, new WinogradTransformItem<TWinograd, T>(sources, first, false, inputs, plane));

    private static unsafe WinogradTiles Sources<TWinograd>(
        in WinogradGeometry geometry, in IndirectConvolution.Operands operands, int tileRows, int tileColumns)
        where TWinograd : IWinograd => new WinogradTiles
        {
            Source = operands.Source,
            Height = geometry.SourceHeight,
            Width = geometry.SourceWidth,
            Channels = geometry.SourceChannels,
            Top = geometry.Top,
            Left = geometry.Left,
            Repeat = geometry.Repeat,
            TileRows = tileRows,
            TileColumns = tileColumns,
            Step = TWinograd.Tile,
            Edge = TWinograd.Edge,
        };
}

/// <summary>SIMD twin of the convolution by a Winograd algorithm.</summary>
internal readonly unsafe struct WinogradForward<TWinograd> : ISimdKernel<ConvolutionArguments>
    where TWinograd : IWinograd
{
    public static void Run<T>(CpuDevice device, in ConvolutionArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var operands = IndirectConvolution.Operands.Of(arguments);
        if (!WinogradPhase.Pays(arguments.Shape, TWinograd.Tile))
        {
            WinogradConvolution.Run<TWinograd, T>(device, WinogradGeometry.Forward(arguments.Shape), operands);
            return;
        }

        foreach (var phase in WinogradPhase.All)
        {
            WinogradConvolution.Run<TWinograd, T>(device, phase.Of(arguments.Shape), operands);
        }
    }
}

/// <summary>SIMD twin of the convolution's input gradient by a Winograd algorithm.</summary>
internal readonly unsafe struct WinogradInputGradient<TWinograd> : ISimdKernel<ConvolutionInputGradientArguments>
    where TWinograd : IWinograd
{
    public static void Run<T>(CpuDevice device, in ConvolutionInputGradientArguments arguments)
        where T : unmanaged, ISimd<T> =>
        WinogradConvolution.Run<TWinograd, T>(
            device, WinogradGeometry.InputGradient(arguments.Shape), IndirectConvolution.Operands.Of(arguments));
}
