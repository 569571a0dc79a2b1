using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Convolution;

/// <summary>One item of a phase: some tiles of target pixels by some panels of target channels.</summary>
internal readonly unsafe struct IndirectConvolutionItem<T>(
    GatherConvolution convolution, GatherPhase phase, IndirectConvolutionPlan plan, IndirectConvolution.Operands operands) : IWorkItem
    where T : unmanaged, ISimd<T>
{
    /// <summary>Whether the targets of a tile follow one another in memory.</summary>
    private readonly bool contiguous = phase.Vertical.TargetStep == 1 && phase.Horizontal.TargetStep == 1;

    [MethodImpl(HotLoop.Options)]
    public void Run(int index)
    {
        var (pixelItem, panelItem) = Math.DivRem(index, plan.PanelItems);
        var (firstTile, lastTile) = (plan.FirstTile(pixelItem), plan.FirstTile(pixelItem + 1));
        var (firstPanel, lastPanel) = (plan.FirstPanel(panelItem), plan.FirstPanel(panelItem + 1));

        using var scratch = WorkerScratch.Open();
        var pixels = new TilePixels(convolution, phase, operands.Source, operands.Target, MicroKernels.MaximumRows<T>(), scratch);
        var weights = new PhaseWeights<T>(convolution, phase, plan, operands.Weights, firstPanel, lastPanel, scratch);
        var width = MicroKernels.MaximumVectors<T>() * T.Width;
        var tile = new Tile
        {
            Sums = scratch.Take<float>((long)MicroKernels.MaximumRows<T>() * width),
            LastBias = scratch.Take<float>(width),
        };
        PadLastBias(tile.LastBias, lastPanel);

        for (var block = 0; block < plan.TapBlocks * plan.DepthBlocks; block++)
        {
            weights.Load(block);
            tile.IsFirstBlock = block == 0;
            tile.IsLastBlock = block == (plan.TapBlocks * plan.DepthBlocks) - 1;
            pixels.Seek(plan.FirstPixel(firstTile));
            for (var t = firstTile; t < lastTile; t++)
            {
                tile.Rows = plan.FirstPixel(t + 1) - plan.FirstPixel(t);
                tile.IsFirst = t == firstTile;
                pixels.Locate(tile.Rows, weights.FirstTap, weights.Taps, weights.FirstChannel);
                for (var panel = firstPanel; panel < lastPanel; panel++)
                {
                    tile.Panel = panel;
                    Multiply(tile, pixels, weights);
                }
            }
        }
    }

    [MethodImpl(HotLoop.Options)]
    private void Multiply(in Tile tile, in TilePixels pixels, in PhaseWeights<T> weights)
    {
        var layout = plan.Layout;
        var (width, columns, column) = (layout.Width(tile.Panel), layout.ColumnsIn(tile.Panel), layout.Column(tile.Panel));
        var direct = contiguous && columns == width;
        var sums = direct ? pixels.Targets[0] + column : tile.Sums;
        var stride = direct ? convolution.TargetChannels : width;
        var accumulate = operands.Accumulate || !tile.IsFirstBlock;
        if (accumulate && !direct)
        {
            for (var row = 0; row < tile.Rows; row++)
            {
                Copy(pixels.Targets[row] + column, columns, sums + (row * stride), width);
            }
        }

        var bias = operands.Bias == null ? null : columns == width ? operands.Bias + column : tile.LastBias;

        // The first tile brings the weights into the cache.
        MicroKernels.Select<T>(tile.Rows, layout.Vectors(tile.Panel), isFar: tile.IsFirst)(
            pixels.Sources, weights.Taps, weights.Channels, weights.Panel(tile.Panel), weights.Stride(tile.Panel), sums, stride, bias, accumulate);

        var finish = tile.IsLastBlock && operands.HasEpilogue;
        if (direct && !finish)
        {
            return;
        }

        for (var row = 0; row < tile.Rows; row++)
        {
            var target = pixels.Targets[row] + column;
            if (finish)
            {
                Finish(sums + (row * stride), target, pixels.Images[row], column, columns);
            }
            else
            {
                Copy(sums + (row * stride), columns, target, columns);
            }
        }
    }

    /// <summary>target = activation(sum + imageBias) + residual for a part of one pixel's channels.</summary>
    private void Finish(float* sums, float* target, int image, int column, int columns)
    {
        var imageBias = operands.ImageBias == null ? null : operands.ImageBias + ((long)image * convolution.TargetChannels) + column;
        var residual = operands.Residual == null ? null : operands.Residual + (target - operands.Target);
        for (var i = 0; i < columns; i += T.Width)
        {
            var count = Math.Min(T.Width, columns - i);
            var value = T.LoadPartial(sums + i, count);
            if (imageBias != null)
            {
                value += T.LoadPartial(imageBias + i, count);
            }

            if (operands.Activation == Activation.Silu)
            {
                value = SimdMath.Silu(value);
            }
            else if (operands.Activation == Activation.Gelu)
            {
                value = SimdMath.Gelu(value);
            }

            if (residual != null)
            {
                value += T.LoadPartial(residual + i, count);
            }

            T.StorePartial(value, target + i, count);
        }
    }

    /// <summary>Copies some channels; those beyond the source are zero.</summary>
    private static void Copy(float* source, int sourceCount, float* target, int targetCount)
    {
        for (var i = 0; i < targetCount; i += T.Width)
        {
            var value = T.LoadPartial(source + i, Math.Clamp(sourceCount - i, 0, T.Width));
            T.StorePartial(value, target + i, Math.Min(T.Width, targetCount - i));
        }
    }

    /// <summary>A micro-kernel reads whole vectors of the bias, also where the last panel is ragged.</summary>
    private void PadLastBias(float* lastBias, int lastPanel)
    {
        if (operands.Bias != null)
        {
            var panel = lastPanel - 1;
            Copy(operands.Bias + plan.Layout.Column(panel), plan.Layout.ColumnsIn(panel), lastBias, plan.Layout.Width(panel));
        }
    }

    /// <summary>What is being multiplied, and scratch memory for it.</summary>
    private struct Tile
    {
        public float* Sums;
        public float* LastBias;
        public int Rows;
        public int Panel;
        public bool IsFirst;
        public bool IsFirstBlock;
        public bool IsLastBlock;
    }
}
