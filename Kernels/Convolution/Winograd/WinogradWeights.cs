using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Transforms the weights of a panel of target channels, a block of source channels at a time, into panels for micro-kernels.</summary>
internal unsafe struct WinogradWeights<TWinograd, T>
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    private const int Taps = 9;

    private readonly WinogradGeometry geometry;
    private readonly WinogradPlan plan;
    private readonly float* weights;
    private readonly int panel;
    private readonly float* transformed;
    private readonly float* packed;

    /// <param name="geometry">What is computed.</param>
    /// <param name="plan">How it is cut.</param>
    /// <param name="weights">As the arguments hold them.</param>
    /// <param name="panel">A panel of target channels.</param>
    /// <param name="scratch">Holds the panels.</param>
    public WinogradWeights(in WinogradGeometry geometry, in WinogradPlan plan, float* weights, int panel, in WorkerScratch scratch)
    {
        this.geometry = geometry;
        this.plan = plan;
        this.weights = weights;
        this.panel = panel;
        transformed = scratch.Take<float>(plan.Planes * plan.WeightsPlane);
        var isPacked = geometry.IsGradient || plan.Layout.ColumnsIn(panel) != plan.Layout.Width(panel);
        packed = isPacked ? scratch.Take<float>((long)Taps * plan.BlockDepth * plan.Layout.Width(panel)) : null;
    }

    /// <summary>First source channel of the block that was loaded last.</summary>
    public int FirstChannel { get; private set; }

    public int Channels { get; private set; }

    /// <summary>The loaded block of a plane, a row per source channel.</summary>
    public readonly float* Plane(int plane) => transformed + (plane * plan.WeightsPlane);

    /// <summary>Transforms a block of source channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Load(int block)
    {
        FirstChannel = plan.FirstChannel(block, geometry.SourceChannels);
        Channels = plan.FirstChannel(block + 1, geometry.SourceChannels) - FirstChannel;
        var width = plan.Layout.Width(panel);
        float* from;
        long rowStride;
        long tapStride;
        if (packed == null)
        {
            from = weights + ((long)FirstChannel * geometry.TargetChannels) + plan.Layout.Column(panel);
            rowStride = geometry.TargetChannels;
            tapStride = (long)geometry.SourceChannels * geometry.TargetChannels;
        }
        else
        {
            Pack();
            from = packed;
            rowStride = width;
            tapStride = (long)Channels * width;
        }

        var to = transformed;
        for (var channel = 0; channel < Channels; channel++, from += rowStride, to += width)
        {
            for (var column = 0; column < width; column += T.Width)
            {
                TWinograd.TransformWeights<T>(from + column, tapStride, to + column, plan.WeightsPlane);
            }
        }
    }

    /// <summary>
    /// Fetches a part of the next block into the second-level cache, so that memory works while the block before is multiplied.
    /// </summary>
    /// <param name="part">Part of the block.</param>
    /// <param name="parts">Parts of a block.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void PrefetchNext(int part, int parts)
    {
        var next = FirstChannel + Channels;
        var (rows, columns, column) = (geometry.SourceChannels, geometry.TargetChannels, plan.Layout.Column(panel));
        var (depth, width) = (Math.Min(plan.BlockDepth, rows - next), plan.Layout.ColumnsIn(panel));
        var (lines, length) = geometry.IsGradient ? (width, depth) : (depth, width);
        var (lineStride, start) = geometry.IsGradient ? (rows, ((long)column * rows) + next) : (columns, ((long)next * columns) + column);
        for (var tap = 0; tap < Taps; tap++)
        {
            var first = weights + ((long)tap * rows * columns) + start;
            for (var line = lines * part / parts; line < lines * (part + 1) / parts; line++)
            {
                Prefetch.Far(first + ((long)line * lineStride), length);
            }
        }
    }

    /// <summary>Copies the block tap by tap: transposed and in reverse order for gradients, with zeros beyond the last channel.</summary>
    private readonly void Pack()
    {
        var (rows, columns, column) = (geometry.SourceChannels, geometry.TargetChannels, plan.Layout.Column(panel));
        var (width, columnsIn) = (plan.Layout.Width(panel), plan.Layout.ColumnsIn(panel));
        var to = packed;
        for (var tap = 0; tap < Taps; tap++, to += (long)Channels * width)
        {
            if (geometry.IsGradient)
            {
                var from = weights + ((long)(Taps - 1 - tap) * rows * columns) + ((long)column * rows) + FirstChannel;
                PanelPacking.PackColumns<T>(from, rows, Channels, columnsIn, to, width);
            }
            else
            {
                var from = weights + ((long)tap * rows * columns) + ((long)FirstChannel * columns) + column;
                PanelPacking.PackRows<T>(from, columns, Channels, columnsIn, to, width);
            }
        }
    }
}
