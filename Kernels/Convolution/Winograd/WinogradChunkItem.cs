using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>A Winograd convolution of a chunk of tiles from inputs to outputs, with all of it in the second-level cache.</summary>
internal readonly unsafe struct WinogradChunkItem<TWinograd, T>(
    WinogradGeometry geometry, WinogradChunkPlan plan, WinogradTiles sources, IndirectConvolution.Operands operands) : IWorkItem
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    [MethodImpl(HotLoop.Options)]
    public void Run(int index)
    {
        var first = plan.FirstTile(index);
        var count = plan.FirstTile(index + 1) - first;
        using var scratch = WorkerScratch.Open();
        var inputs = scratch.Take<float>(plan.Planes * plan.InputPlane);
        var sums = scratch.Take<float>(plan.Planes * plan.SumsPlane);
        var transformedWeights = scratch.Take<float>(plan.Planes * plan.WeightsPlane);
        var pointers = (float**)scratch.Take<nint>(MicroKernels.MaximumRows<T>());
        if (geometry.Phase != null)
        {
            // For the planes that are skipped.
            new Span<float>(sums, checked((int)(plan.Planes * plan.SumsPlane))).Clear();
        }

        new WinogradTransformItem<TWinograd, T>(sources, first, false, inputs, plan.InputPlane).Run(0, count);

        var rowLength = WinogradTiles.RowLength(geometry.SourceChannels);
        for (var panel = 0; panel < plan.Layout.Panels; panel++)
        {
            using var panelScratch = WorkerScratch.Open();
            var (vectors, width) = (plan.Layout.Vectors(panel), plan.Layout.Width(panel));
            var weights = new WinogradWeights<TWinograd, T>(geometry, plan.Layout, panel, operands.Weights, plan.BlockDepth, panelScratch);
            for (var channel = 0; channel < geometry.SourceChannels; channel += plan.BlockDepth)
            {
                var depth = Math.Min(plan.BlockDepth, geometry.SourceChannels - channel);
                weights.Transform(channel, depth, transformedWeights, plan.WeightsPlane);
                for (var plane = 0; plane < plan.Planes; plane++)
                {
                    if (geometry.Skips(plane, TWinograd.Edge))
                    {
                        continue;
                    }

                    WinogradStrips.Multiply<T>(
                        inputs + (plane * plan.InputPlane) + channel,
                        rowLength,
                        count,
                        depth,
                        transformedWeights + (plane * plan.WeightsPlane),
                        vectors,
                        sums + (plane * plan.SumsPlane),
                        width,
                        channel > 0,
                        pointers);
                }
            }

            var output = new WinogradOutput<TWinograd, T>(
                geometry, operands, sources.TileRows, sources.TileColumns, plan.Layout.Column(panel), plan.Layout.ColumnsIn(panel), plan.SumsPlane, panelScratch);
            for (var tile = 0; tile < count; tile++)
            {
                output.Write(first + tile, sums + ((long)tile * width));
            }
        }
    }
}
