using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>One thread per element; without the right operand it is a product with broadcasting.</summary>
internal static class MixKernels
{
    private static readonly GpuKernel<Parameters> Kernel = new(Forward);

    public static GpuVariant<MixArguments> Variant { get; } =
        new("elementwise", Launch, [Kernel, .. BinaryKernels<Multiply>.Variant<BinaryArguments>().Kernels]);

    internal static void Forward(Parameters p)
    {
        var row = p.Grid.Row();
        var column = p.Grid.Column();
        if (column < p.Grid.Columns && row < p.Grid.Rows)
        {
            var i = (row * p.Grid.Columns) + column;
            p.Output[i] = (p.LeftScale[row] * p.Left[i]) + (p.RightScale[row] * p.Right[i]);
        }
    }

    private static void Launch(GpuDevice device, in MixArguments arguments)
    {
        if (arguments.Right.IsAbsent)
        {
            BinaryKernels<Multiply>.Launch(device, arguments.AsProduct(), default);
            return;
        }

        var launch = BroadcastGrid.For(arguments.Images, arguments.Elements);
        device.Launch(Kernel, launch.GridSize, launch.GroupSize, new Parameters
        {
            Left = device.View(arguments.Left),
            LeftScale = device.View(arguments.LeftScale),
            Right = device.View(arguments.Right),
            RightScale = device.View(arguments.RightScale),
            Output = device.View(arguments.Output),
            Grid = launch.Grid,
        });
    }

    internal struct Parameters
    {
        public ArrayView<float> Left;
        public ArrayView<float> LeftScale;
        public ArrayView<float> Right;
        public ArrayView<float> RightScale;
        public ArrayView<float> Output;
        public BroadcastGrid Grid;
    }
}
