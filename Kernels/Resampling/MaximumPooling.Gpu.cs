using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Resampling;

/// <summary>One thread per element of the destination, channels fastest; backward each input pixel gathers, in a fixed order.</summary>
internal static class MaximumPoolingKernels
{
    private static readonly GpuKernel<ForwardParameters> ForwardKernel = new(Forward);
    private static readonly GpuKernel<BackwardParameters> BackwardKernel = new(Backward);

    public static GpuVariant<MaximumPoolingArguments> ForwardVariant { get; } = new("elementwise", LaunchForward, [ForwardKernel]);

    public static GpuVariant<MaximumPoolingBackwardArguments> BackwardVariant { get; } = new("gather", LaunchBackward, [BackwardKernel]);

    private static void LaunchForward(GpuDevice device, in MaximumPoolingArguments arguments) =>
        device.LaunchElementwise(ForwardKernel, arguments.Output.Length, new ForwardParameters
        {
            Input = device.View(arguments.Input),
            Output = device.View(arguments.Output),
            Indices = device.View(arguments.Indices),
            Rows = PoolingAxis.Rows(arguments.Shape),
            Columns = PoolingAxis.Columns(arguments.Shape),
            HasIndices = arguments.Indices.IsAbsent ? 0 : 1,
            Channels = arguments.Shape.Channels,
            Length = arguments.Output.Length,
        });

    private static void LaunchBackward(GpuDevice device, in MaximumPoolingBackwardArguments arguments) =>
        device.LaunchElementwise(BackwardKernel, arguments.InputGradient.Length, new BackwardParameters
        {
            OutputGradient = device.View(arguments.OutputGradient),
            Indices = device.View(arguments.Indices),
            InputGradient = device.View(arguments.InputGradient),
            Rows = PoolingAxis.Rows(arguments.Shape),
            Columns = PoolingAxis.Columns(arguments.Shape),
            Channels = arguments.Shape.Channels,
            Length = arguments.InputGradient.Length,
        });

    internal static void Forward(ForwardParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var pixel = i / p.Channels;
            var line = pixel / p.Columns.Output;
            var image = line / p.Rows.Output;
            var rows = p.Rows.Window(line - (image * p.Rows.Output));
            var columns = p.Columns.Window(pixel - (line * p.Columns.Output));
            var best = int.MinValue;
            var value = 0f;
            var index = 0;
            for (var y = rows.First; y < rows.End; y++)
            {
                var at = (((((image * p.Rows.Input) + y) * p.Columns.Input) + columns.First) * p.Channels) + i - (pixel * p.Channels);
                for (var x = columns.First; x < columns.End; x++)
                {
                    var candidate = p.Input[at];
                    var order = Order(candidate);
                    var isLarger = order > best;
                    best = isLarger ? order : best;
                    value = isLarger ? candidate : value;
                    index = isLarger ? (y * p.Columns.Input) + x : index;
                    at += p.Channels;
                }
            }

            p.Output[i] = value;
            if (p.HasIndices != 0)
            {
                p.Indices[i] = index;
            }
        }
    }

    internal static void Backward(BackwardParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var pixel = i / p.Channels;
            var line = pixel / p.Columns.Input;
            var image = line / p.Rows.Input;
            var index = pixel - (image * p.Rows.Input * p.Columns.Input);
            var rows = p.Rows.WindowsOf(line - (image * p.Rows.Input));
            var columns = p.Columns.WindowsOf(pixel - (line * p.Columns.Input));
            var sum = 0f;
            for (var y = rows.First; y < rows.End; y++)
            {
                var at = (((((image * p.Rows.Output) + y) * p.Columns.Output) + columns.First) * p.Channels) + i - (pixel * p.Channels);
                for (var x = columns.First; x < columns.End; x++)
                {
                    sum += p.Indices[at] == index ? p.OutputGradient[at] : 0f;
                    at += p.Channels;
                }
            }

            p.InputGradient[i] = sum;
        }
    }

    /// <summary>
    /// An integer that orders floats, both zeros equal and NaN above all: compilers for GPUs are free in how a comparison of floats
    /// treats NaN, not in how they compare integers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Order(float value)
    {
        const int Infinity = 0x7F800000;
        var bits = (int)Interop.FloatAsInt(value);
        var magnitude = bits & int.MaxValue;
        var signed = bits < 0 ? -magnitude : magnitude;
        return magnitude > Infinity ? int.MaxValue : signed;
    }

    internal struct ForwardParameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Output;
        public ArrayView<int> Indices;
        public PoolingAxis Rows;
        public PoolingAxis Columns;
        public int HasIndices;
        public int Channels;
        public int Length;
    }

    internal struct BackwardParameters
    {
        public ArrayView<float> OutputGradient;
        public ArrayView<int> Indices;
        public ArrayView<float> InputGradient;
        public PoolingAxis Rows;
        public PoolingAxis Columns;
        public int Channels;
        public int Length;
    }
}
