using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Transforms sums back and writes some channels of a tile: activation(output + bias + imageBias) + residual.</summary>
internal readonly unsafe struct WinogradOutput<TWinograd, T>
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    private readonly WinogradGeometry geometry;
    private readonly IndirectConvolution.Operands operands;
    private readonly float* residual;
    private readonly int tileRows;
    private readonly int tileColumns;
    private readonly int firstChannel;
    private readonly int channels;
    private readonly long plane;
    private readonly float* outputs;
    private readonly float* vectors;

    /// <param name="geometry">What is computed.</param>
    /// <param name="operands">Where to and with what epilogue.</param>
    /// <param name="tileRows">Rows of tiles of an image.</param>
    /// <param name="tileColumns">Columns of tiles of an image.</param>
    /// <param name="firstChannel">The target channel of the first sum of a tile.</param>
    /// <param name="channels">Target channels to write.</param>
    /// <param name="plane">Floats from one plane of sums to the next.</param>
    /// <param name="scratch">Room for a vector of channels of a tile.</param>
    public WinogradOutput(
        in WinogradGeometry geometry,
        in IndirectConvolution.Operands operands,
        int tileRows,
        int tileColumns,
        int firstChannel,
        int channels,
        long plane,
        in WorkerScratch scratch)
    {
        this.geometry = geometry;
        this.operands = operands;
        this.tileRows = tileRows;
        this.tileColumns = tileColumns;
        this.firstChannel = firstChannel;
        this.channels = channels;
        this.plane = plane;
        residual = operands.Accumulate ? operands.Target : operands.Residual;
        outputs = scratch.Take<float>((long)TWinograd.Tile * TWinograd.Tile * T.Width);
        vectors = scratch.Take<float>((long)TWinograd.Edge * TWinograd.Edge * T.Width);
    }

    /// <param name="tile">The tile, counted over all images.</param>
    /// <param name="sums">Its sums in the first plane.</param>
    [MethodImpl(HotLoop.Options)]
    public void Write(int tile, float* sums)
    {
        var (row, column) = Math.DivRem(tile, tileColumns);
        (var image, row) = Math.DivRem(row, tileRows);
        var (y, x) = (row * TWinograd.Tile, column * TWinograd.Tile);
        var rows = Math.Min(TWinograd.Tile, geometry.TargetHeight - y);
        var pixels = Math.Min(TWinograd.Tile, geometry.TargetWidth - x);
        var (step, phaseRow, phaseColumn) = geometry.Phase is { } phase ? (WinogradPhase.Step, phase.Row, phase.Column) : (1, 0, 0);
        var pixelStride = (long)step * geometry.TargetChannels;
        var lineLength = geometry.TargetWidth * pixelStride;
        var rowStride = step * lineLength;
        var first = ((((long)image * geometry.TargetHeight) + y) * rowStride) + (phaseRow * lineLength)
            + (x * pixelStride) + (phaseColumn * geometry.TargetChannels) + firstChannel;
        for (var channel = 0; channel < channels; channel += T.Width)
        {
            var count = Math.Min(T.Width, channels - channel);
            TWinograd.TransformOutput<T>(sums + channel, plane, outputs, vectors);
            var bias = BiasOf(image, firstChannel + channel, count);
            for (var i = 0; i < rows; i++)
            {
                var from = outputs + (i * TWinograd.Tile * T.Width);
                var offset = first + (i * rowStride) + channel;
                for (var j = 0; j < pixels; j++, from += T.Width, offset += pixelStride)
                {
                    Finish(T.Load(from) + bias, offset, count);
                }
            }
        }
    }

    private T BiasOf(int image, int channel, int count)
    {
        var bias = operands.Bias == null ? T.Zero : T.LoadPartial(operands.Bias + channel, count);
        return operands.ImageBias == null
            ? bias
            : bias + T.LoadPartial(operands.ImageBias + ((long)image * geometry.TargetChannels) + channel, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Finish(T value, long offset, int count)
    {
        if (operands.Activation == Activation.Silu)
        {
            value = SimdMath.Silu(value);
        }
        else if (operands.Activation == Activation.Gelu)
        {
            value = SimdMath.Gelu(value);
        }

        if (count == T.Width)
        {
            T.Store(residual == null ? value : value + T.Load(residual + offset), operands.Target + offset);
        }
        else
        {
            T.StorePartial(residual == null ? value : value + T.LoadPartial(residual + offset, count), operands.Target + offset, count);
        }
    }
}
