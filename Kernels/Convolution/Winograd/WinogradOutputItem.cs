using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Transforms the sums of some tiles of a band back and writes the outputs.</summary>
internal readonly unsafe struct WinogradOutputItem<TWinograd, T>(
    WinogradGeometry geometry, WinogradStagedPlan plan, IndirectConvolution.Operands operands, int firstTile, int group, float* sums) : IRangeWorkItem
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    /// <summary>Tiles of an item.</summary>
    public const int Grain = 4;

    [MethodImpl(HotLoop.Options)]
    public void Run(long start, long end)
    {
        using var scratch = WorkerScratch.Open();
        var output = new WinogradOutput<TWinograd, T>(
            geometry, operands, plan.TileRows, plan.TileColumns, plan.FirstChannel(group), plan.Channels(group), plan.SumsPlane, scratch);
        var length = plan.Width(group);
        for (var tile = start; tile < end; tile++)
        {
            output.Write((int)(firstTile + tile), sums + (tile * length));
        }
    }
}
