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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var (panel, chunk) = Math.DivRem(index, chunks);
        var first = (int)((long)tiles * chunk / chunks);
        var count = (int)((long)tiles * (chunk + 1) / chunks) - first;

        using var scratch = WorkerScratch.Open();
        var weights = new WinogradWeights<TWinograd, T>(geometry, plan, operands.Weights, panel, scratch);
        var sums = scratch.Take<float>(plan.Planes * plan.SumsPlane);
        var pointers = (float**)scratch.Take<nint>(plan.MaximumRows);
        for (var block = 0; block < plan.DepthBlocks; block++)
        {
            weights.Load(block);
            Multiply(weights, panel, block, first, count, sums, pointers);
        }

        var output = new WinogradOutput<TWinograd, T>(geometry, plan, operands, panel, scratch);
        for (var tile = 0; tile < count; tile++)
        {
            output.Write(firstTile + first + tile, sums + ((long)tile * plan.Layout.Width(panel)));
        }
    }

    /// <summary>Adds a block of channels to the sums of every plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(
        in WinogradWeights<TWinograd, T> weights, int panel, int block, int first, int count, float* sums, float** pointers)
    {
        var (vectors, width) = (plan.Layout.Vectors(panel), plan.Layout.Width(panel));
        var rowLength = WinogradTiles.RowLength(geometry.SourceChannels);
        var strips = (count + plan.MaximumRows - 1) / plan.MaximumRows;
        var fewer = count / strips;
        var kernelOfFewer = MicroKernels.Select<T>(fewer, vectors);
        var kernelOfMore = count % strips == 0 ? kernelOfFewer : MicroKernels.Select<T>(fewer + 1, vectors);
        for (var plane = 0; plane < plan.Planes; plane++)
        {
            weights.PrefetchNext(plane, plan.Planes);
            var from = transformed + (plane * plan.InputPlane) + (first * rowLength) + weights.FirstChannel;
            var to = sums + (plane * plan.SumsPlane);
            var b = weights.Plane(plane);
            var end = 0;
            for (var strip = 0; strip < strips; strip++)
            {
                var start = end;
                end = (int)((long)count * (strip + 1) / strips);
                var rows = end - start;
                for (var row = 0; row < rows; row++, from += rowLength)
                {
                    pointers[row] = from;
                    Prefetch.Near(from + (rows * rowLength), weights.Channels);
                }

                var kernel = rows == fewer ? kernelOfFewer : kernelOfMore;
                kernel(pointers, 1, weights.Channels, b, width, to, width, null, block > 0);
                to += (long)rows * width;
            }
        }
    }
}
