using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>One thread per channel of the output.</summary>
internal static class GegluKernels
{
    private static readonly GpuKernel<ForwardParameters> ForwardKernel = new(Forward);
    private static readonly GpuKernel<BackwardParameters> BackwardKernel = new(Backward);

    public static GpuVariant<GegluArguments> ForwardVariant { get; } = new("elementwise", LaunchForward, [ForwardKernel]);

    public static GpuVariant<GegluBackwardArguments> BackwardVariant { get; } = new("elementwise", LaunchBackward, [BackwardKernel]);

    internal static void Forward(ForwardParameters p)
    {
        var row = p.Grid.Row();
        var column = p.Grid.Column();
        if (column < p.Grid.Columns && row < p.Grid.Rows)
        {
            var value = (2 * row * p.Grid.Columns) + column;
            p.Output[(row * p.Grid.Columns) + column] = p.Input[value] * GpuMath.Gelu(p.Input[value + p.Grid.Columns]);
        }
    }

    internal static void Backward(BackwardParameters p)
    {
        var row = p.Grid.Row();
        var column = p.Grid.Column();
        if (column < p.Grid.Columns && row < p.Grid.Rows)
        {
            var value = (2 * row * p.Grid.Columns) + column;
            var gate = value + p.Grid.Columns;
            var gradient = p.OutputGradient[(row * p.Grid.Columns) + column];
            var scaled = gradient * p.Input[value];
            var gelu = GpuMath.GeluWithDerivative(p.Input[gate], out var derivative);
            p.InputGradient[value] = gradient * gelu;
            p.InputGradient[gate] = scaled * derivative;
        }
    }

    private static void LaunchForward(GpuDevice device, in GegluArguments arguments)
    {
        var launch = BroadcastGrid.For(arguments.Rows, arguments.Channels);
        device.Launch(ForwardKernel, launch.GridSize, launch.GroupSize, new ForwardParameters
        {
            Input = device.View(arguments.Input),
            Output = device.View(arguments.Output),
            Grid = launch.Grid,
        });
    }

    private static void LaunchBackward(GpuDevice device, in GegluBackwardArguments arguments)
    {
        var launch = BroadcastGrid.For(arguments.Rows, arguments.Channels);
        device.Launch(BackwardKernel, launch.GridSize, launch.GroupSize, new BackwardParameters
        {
            Input = device.View(arguments.Input),
            OutputGradient = device.View(arguments.OutputGradient),
            InputGradient = device.View(arguments.InputGradient),
            Grid = launch.Grid,
        });
    }

    internal struct ForwardParameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Output;
        public BroadcastGrid Grid;
    }

    internal struct BackwardParameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> OutputGradient;
        public ArrayView<float> InputGradient;
        public BroadcastGrid Grid;
    }
}
