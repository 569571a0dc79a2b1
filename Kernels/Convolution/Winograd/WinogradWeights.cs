using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Transforms the weights of a panel of target channels, a block of source channels at a time, into panels for micro-kernels: in each
/// plane a row per source channel.
/// </summary>
internal readonly unsafe struct WinogradWeights<TWinograd, T>
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    private const int Taps = WinogradGeometry.Taps;

    private readonly WinogradGeometry geometry;
    private readonly PanelLayout layout;
    private readonly int panel;
    private readonly float* weights;
    private readonly float* packed;

    /// <param name="geometry">What is computed.</param>
    /// <param name="layout">The panels of target channels.</param>
    /// <param name="panel">A panel of target channels.</param>
    /// <param name="weights">As the arguments hold them.</param>
    /// <param name="deepestBlock">The most source channels of a block.</param>
    /// <param name="scratch">Room for a block that is stored otherwise than it is used.</param>
    public WinogradWeights(
        in WinogradGeometry geometry, in PanelLayout layout, int panel, float* weights, int deepestBlock, in WorkerScratch scratch)
    {
        this.geometry = geometry;
        this.layout = layout;
        this.panel = panel;
        this.weights = weights;
        var isPacked = geometry.IsGradient || layout.ColumnsIn(panel) != layout.Width(panel);
        packed = isPacked ? scratch.Take<float>((long)Taps * deepestBlock * layout.Width(panel)) : null;
    }

    /// <summary>Transforms a block.</summary>
    /// <param name="firstChannel">Its first source channel.</param>
    /// <param name="channels">Source channels.</param>
    /// <param name="to">The place of the block in the first plane.</param>
    /// <param name="plane">Floats from one plane to the next.</param>
    [MethodImpl(HotLoop.Options)]
    public void Transform(int firstChannel, int channels, float* to, long plane)
    {
        var width = layout.Width(panel);
        float* from;
        long rowStride;
        long tapStride;
        if (packed == null)
        {
            from = weights + ((long)firstChannel * geometry.TargetChannels) + layout.Column(panel);
            rowStride = geometry.TargetChannels;
            tapStride = (long)geometry.SourceChannels * geometry.TargetChannels;
        }
        else
        {
            Pack(firstChannel, channels);
            from = packed;
            rowStride = width;
            tapStride = (long)channels * width;
        }

        for (var channel = 0; channel < channels; channel++, from += rowStride, to += width)
        {
            for (var column = 0; column < width; column += T.Width)
            {
                if (geometry.Phase is { } phase)
                {
                    TWinograd.TransformPhase<T>(phase, from + column, tapStride, to + column, plane);
                }
                else
                {
                    TWinograd.TransformWeights<T>(from + column, tapStride, to + column, plane);
                }
            }
        }
    }

    /// <summary>
    /// Fetches a part of a block into the second-level cache, so that memory works while the block before is multiplied.
    /// </summary>
    /// <param name="firstChannel">The first source channel of the block.</param>
    /// <param name="channels">Source channels of the block.</param>
    /// <param name="part">Part of the block.</param>
    /// <param name="parts">Parts of a block.</param>
    [MethodImpl(HotLoop.Options)]
    public void Prefetch(int firstChannel, int channels, int part, int parts)
    {
        var (rows, columns, column, width) = (geometry.SourceChannels, geometry.TargetChannels, layout.Column(panel), layout.ColumnsIn(panel));
        var (lines, length) = geometry.IsGradient ? (width, channels) : (channels, width);
        var (lineStride, start) = geometry.IsGradient
            ? (rows, ((long)column * rows) + firstChannel)
            : (columns, ((long)firstChannel * columns) + column);
        for (var tap = 0; tap < Taps; tap++)
        {
            var first = weights + ((long)tap * rows * columns) + start;
            for (var line = lines * part / parts; line < lines * (part + 1) / parts; line++)
            {
                Cpu.Prefetch.Far(first + ((long)line * lineStride), length);
            }
        }
    }

    /// <summary>Copies the block tap by tap: transposed and in reverse order for gradients, with zeros beyond the last channel.</summary>
    private void Pack(int firstChannel, int channels)
    {
        var (rows, columns, column) = (geometry.SourceChannels, geometry.TargetChannels, layout.Column(panel));
        var (width, columnsIn) = (layout.Width(panel), layout.ColumnsIn(panel));
        var to = packed;
        for (var tap = 0; tap < Taps; tap++, to += (long)channels * width)
        {
            if (geometry.IsGradient)
            {
                var from = weights + ((long)(Taps - 1 - tap) * rows * columns) + ((long)column * rows) + firstChannel;
                PanelPacking.PackColumns<T>(from, rows, channels, columnsIn, to, width);
            }
            else
            {
                var from = weights + ((long)tap * rows * columns) + ((long)firstChannel * columns) + column;
                PanelPacking.PackRows<T>(from, columns, channels, columnsIn, to, width);
            }
        }
    }
}
