using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>GPU: output = f((input - center) · factor + offset), one thread per element, a row of channels along the threads.</summary>
internal static class ChannelAffineKernels<TFunction>
    where TFunction : struct, IGpuNormalizedFunction
{
    public static readonly GpuKernel<Parameters> Kernel = new(Forward);

    /// <param name="device">Where to run.</param>
    /// <param name="batch">Images.</param>
    /// <param name="rows">Of each image.</param>
    /// <param name="channels">Of each row.</param>
    /// <param name="input">[batch][rows][channels].</param>
    /// <param name="coefficients">[batch][center, factor, offset][channels].</param>
    /// <param name="output">[batch][rows][channels].</param>
    public static void Launch(
        GpuDevice device,
        int batch,
        int rows,
        int channels,
        DeviceSpan<float> input,
        DeviceSpan<float> coefficients,
        DeviceSpan<float> output)
    {
        var parameters = new Parameters
        {
            Input = device.View(input),
            Coefficients = device.View(coefficients),
            Output = device.View(output),
            Rows = rows,
            Channels = channels,
        };
        RowGrid.Launch(device, Kernel, batch, rows, channels, firstRow => parameters with { FirstRow = firstRow });
    }

    internal static void Forward(Parameters p)
    {
        var channel = (Grid.IdxX * Group.DimX) + Group.IdxX;
        var row = p.FirstRow + (Grid.IdxY * Group.DimY) + Group.IdxY;
        if (channel < p.Channels && row < p.Rows)
        {
            var image = Grid.IdxZ;
            var center = (image * 3 * p.Channels) + channel;
            var i = (((image * p.Rows) + row) * p.Channels) + channel;
            var z = ((p.Input[i] - p.Coefficients[center]) * p.Coefficients[center + p.Channels])
                + p.Coefficients[center + (2 * p.Channels)];
            p.Output[i] = default(TFunction).Forward(z);
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Coefficients;
        public ArrayView<float> Output;
        public int FirstRow;
        public int Rows;
        public int Channels;
    }
}
