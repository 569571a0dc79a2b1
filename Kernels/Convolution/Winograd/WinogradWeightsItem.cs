using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Transforms the weights of some panels whole: an item is a panel and some source channels.</summary>
/// <param name="geometry">What is computed.</param>
/// <param name="layout">The panels of target channels.</param>
/// <param name="weights">As the arguments hold them.</param>
/// <param name="firstPanel">The first panel to transform.</param>
/// <param name="transformed">Receives panel by panel, in each plane by plane, a row per source channel.</param>
/// <param name="plane">Floats from one plane to the next.</param>
internal readonly unsafe struct WinogradWeightsItem<TWinograd, T>(
    WinogradGeometry geometry, PanelLayout layout, float* weights, int firstPanel, float* transformed, long plane) : IWorkItem
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    // Enough to be worth handing out, few enough for every thread to get some of a small layer.
    private const int Depth = 32;

    private readonly int blocks = (geometry.SourceChannels + Depth - 1) / Depth;

    /// <summary>Items of so many panels.</summary>
    public int Items(int panels) => panels * blocks;

    [MethodImpl(HotLoop.Options)]
    public void Run(int index)
    {
        var (panel, block) = Math.DivRem(index, blocks);
        var channel = block * Depth;
        using var scratch = WorkerScratch.Open();
        var panelWeights = new WinogradWeights<TWinograd, T>(geometry, layout, firstPanel + panel, weights, Depth, scratch);
        var to = transformed + (panel * TWinograd.Edge * TWinograd.Edge * plane) + ((long)channel * layout.Width(firstPanel + panel));
        panelWeights.Transform(channel, Math.Min(Depth, geometry.SourceChannels - channel), to, plane);
    }
}
