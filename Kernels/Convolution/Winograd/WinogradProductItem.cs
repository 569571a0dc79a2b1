using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Turns transformed inputs into outputs: an item is a chunk of a band's tiles by a panel of target channels.</summary>
internal readonly unsafe struct WinogradProductItem<TWinograd, T>(
    WinogradGeometry geometry, WinogradPlan plan, IndirectConvolution.Operands operands, int firstTile, int tiles, float* transformed) : IWorkItem
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    private readonly int chunks = (tiles + plan.ChunkTiles - 1) / plan.ChunkTiles;

    public int Items => chunks * plan.Layout.Panels;

    [MethodImpl(HotLoop.Options)]
    public void Run(int index)
    {
        var (panel, chunk) = Math.DivRem(index, chunks);
        var first = (int)((long)tiles * chunk / chunks);
        var count = (int)((long)tiles * (chunk + 1) / chunks) - first;

        using var scratch = WorkerScratch.Open();
        var (vectors, width) = (plan.Layout.Vectors(panel), plan.Layout.Width(panel));
        var weights = new WinogradWeights<TWinograd, T>(geometry, plan.Layout, panel, operands.Weights, plan.BlockDepth, scratch);
        var transformedWeights = scratch.Take<float>(plan.Planes * plan.WeightsPlane);
        var sums = scratch.Take<float>(plan.Planes * plan.SumsPlane);
        var pointers = (float**)scratch.Take<nint>(MicroKernels.MaximumRows<T>());
        if (geometry.Phase != null)
        {
            // For the planes that are skipped.
            new Span<float>(sums, checked((int)(plan.Planes * plan.SumsPlane))).Clear();
        }

        var rowLength = WinogradTiles.RowLength(geometry.SourceChannels);
        var nextChannel = plan.FirstChannel(1, geometry.SourceChannels);
        for (int block = 0, channel = 0; block < plan.DepthBlocks; block++)
        {
            var depth = nextChannel - channel;
            weights.Transform(channel, depth, transformedWeights, plan.WeightsPlane);
            var from = transformed + (first * rowLength) + channel;
            channel = nextChannel;
            nextChannel = plan.FirstChannel(Math.Min(block + 2, plan.DepthBlocks), geometry.SourceChannels);
            for (var plane = 0; plane < plan.Planes; plane++)
            {
                weights.Prefetch(channel, nextChannel - channel, plane, plan.Planes);
                if (geometry.Skips(plane, TWinograd.Edge))
                {
                    continue;
                }

                WinogradStrips.Multiply<T>(
                    from + (plane * plan.InputPlane),
                    rowLength,
                    count,
                    depth,
                    transformedWeights + (plane * plan.WeightsPlane),
                    vectors,
                    sums + (plane * plan.SumsPlane),
                    width,
                    block > 0,
                    pointers);
            }
        }

        var output = new WinogradOutput<TWinograd, T>(
            geometry, operands, plan.TileRows, plan.TileColumns, plan.Layout.Column(panel), plan.Layout.ColumnsIn(panel), plan.SumsPlane, scratch);
        for (var tile = 0; tile < count; tile++)
        {
            output.Write(firstTile + first + tile, sums + ((long)tile * width));
        }
    }
}
