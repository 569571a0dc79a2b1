using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// GPU, one thread per element: g = outputGradient · f'((input - center) · factor + offset), and
/// inputGradient = gain · g + slope · (input - center) + constant.
/// </summary>
internal static class ChannelGradientKernels<TFunction>
    where TFunction : struct, IGpuNormalizedFunction
{
    /// <summary>Writes g.</summary>
    public static readonly GpuKernel<Parameters> ActivationKernel = new(Activation);

    /// <summary>Writes the input gradient.</summary>
    public static readonly GpuKernel<Parameters> InputKernel = new(Input);

    /// <param name="device">Where to run.</param>
    /// <param name="kernel">One of this class.</param>
    /// <param name="batch">Images.</param>
    /// <param name="split">Of each image.</param>
    /// <param name="input">[batch][rows][channels].</param>
    /// <param name="outputGradient">[batch][rows][channels].</param>
    /// <param name="coefficients">[batch][<see cref="ChannelGradient.Coefficients"/>][channels].</param>
    /// <param name="result">[batch][rows][channels]; may be the same span as the output gradient.</param>
    public static void Launch(
        GpuDevice device,
        GpuKernel<Parameters> kernel,
        int batch,
        ChannelSplit split,
        DeviceSpan<float> input,
        DeviceSpan<float> outputGradient,
        DeviceSpan<float> coefficients,
        DeviceSpan<float> result)
    {
        var parameters = new Parameters
        {
            Input = device.View(input),
            OutputGradient = device.View(outputGradient),
            Coefficients = device.View(coefficients),
            Result = device.View(result),
            Rows = split.Rows,
            Channels = split.Channels,
        };
        RowGrid.Launch(device, kernel, batch, split.Rows, split.Channels, firstRow => parameters with { FirstRow = firstRow });
    }

    internal static void Activation(Parameters p)
    {
        var channel = (Grid.IdxX * Group.DimX) + Group.IdxX;
        var row = p.FirstRow + (Grid.IdxY * Group.DimY) + Group.IdxY;
        if (channel < p.Channels && row < p.Rows)
        {
            var at = (Grid.IdxZ * ChannelGradient.Coefficients * p.Channels) + channel;
            var i = (((Grid.IdxZ * p.Rows) + row) * p.Channels) + channel;
            var z = ((p.Input[i] - p.Coefficients[at]) * p.Coefficients[at + p.Channels]) + p.Coefficients[at + (2 * p.Channels)];
            p.Result[i] = p.OutputGradient[i] * default(TFunction).Derivative(z);
        }
    }

    internal static void Input(Parameters p)
    {
        var channel = (Grid.IdxX * Group.DimX) + Group.IdxX;
        var row = p.FirstRow + (Grid.IdxY * Group.DimY) + Group.IdxY;
        if (channel < p.Channels && row < p.Rows)
        {
            var at = (Grid.IdxZ * ChannelGradient.Coefficients * p.Channels) + channel;
            var i = (((Grid.IdxZ * p.Rows) + row) * p.Channels) + channel;
            var d = p.Input[i] - p.Coefficients[at];
            var z = (d * p.Coefficients[at + p.Channels]) + p.Coefficients[at + (2 * p.Channels)];
            var g = p.OutputGradient[i] * default(TFunction).Derivative(z);
            p.Result[i] = (p.Coefficients[at + (3 * p.Channels)] * g)
                + ((p.Coefficients[at + (4 * p.Channels)] * d) + p.Coefficients[at + (6 * p.Channels)] + p.Coefficients[at + (5 * p.Channels)]);
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> OutputGradient;
        public ArrayView<float> Coefficients;
        public ArrayView<float> Result;
        public int FirstRow;
        public int Rows;
        public int Channels;
    }
}
