using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Multiplies transformed inputs with transformed weights: an item is a chunk of a band's tiles in one plane by all panels of a group, so
/// that the inputs come from memory once.
/// </summary>
internal readonly unsafe struct WinogradPlaneItem<TWinograd, T>(
    WinogradGeometry geometry, WinogradStagedPlan plan, int tiles, int group, float* inputs, float* weights, float* sums) : IWorkItem
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    private readonly int chunks = (tiles + plan.ChunkTiles - 1) / plan.ChunkTiles;

    public int Items => chunks * plan.Planes;

    [MethodImpl(HotLoop.Options)]
    public void Run(int index)
    {
        var (plane, chunk) = Math.DivRem(index, chunks);
        var first = (int)((long)tiles * chunk / chunks);
        var count = (int)((long)tiles * (chunk + 1) / chunks) - first;
        using var scratch = WorkerScratch.Open();
        var pointers = (float**)scratch.Take<nint>(MicroKernels.MaximumRows<T>());
        var rowLength = WinogradTiles.RowLength(geometry.SourceChannels);
        var from = inputs + (plane * plan.InputPlane) + (first * rowLength);
        var to = sums + (plane * plan.SumsPlane) + ((long)first * plan.Width(group));
        if (geometry.Skips(plane, TWinograd.Edge))
        {
            new Span<float>(to, count * plan.Width(group)).Clear();
            return;
        }

        var b = weights + (plane * plan.WeightsPlane);
        for (var panel = plan.FirstPanel(group); panel < plan.FirstPanel(group + 1); panel++)
        {
            WinogradStrips.Multiply<T>(
                from, rowLength, count, geometry.SourceChannels, b, plan.Layout.Vectors(panel), to, plan.Width(group), false, pointers);
            to += plan.Layout.Width(panel);
            b += plan.Planes * plan.WeightsPlane;
        }
    }
}
