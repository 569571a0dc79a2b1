using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>One thread per element of the output.</summary>
internal static class BinaryKernels<TFunction>
    where TFunction : unmanaged, IGpuBinaryFunction
{
    private static readonly GpuKernel<Parameters> Kernel = new(Forward);

    /// <param name="constants">Constants of the operation; null for those of the contract.</param>
    public static GpuVariant<TArguments> Variant<TArguments>((float First, float Second)? constants = null)
        where TArguments : struct, IOperationArguments, IBinaryArguments =>
        new("elementwise", (GpuDevice device, in TArguments arguments) => Launch(device, arguments, constants ?? arguments.Constants), [Kernel]);

    internal static void Forward(Parameters p)
    {
        var row = p.Grid.Row();
        var column = p.Grid.Column();
        if (column < p.Grid.Columns && row < p.Grid.Rows)
        {
            p.Output[p.OutputStrides.Offset(row, column)] = default(TFunction).Forward(
                p.Left[p.LeftStrides.Offset(row, column)], p.Right[p.RightStrides.Offset(row, column)], p.First, p.Second);
        }
    }

    public static void Launch<TArguments>(GpuDevice device, in TArguments arguments, (float First, float Second) constants)
        where TArguments : struct, IOperationArguments, IBinaryArguments
    {
        var launch = BroadcastGrid.For(new BroadcastPlan(arguments.LeftShape, arguments.RightShape));
        device.Launch(Kernel, launch.GridSize, launch.GroupSize, new Parameters
        {
            Left = device.View(arguments.Left),
            Right = device.View(arguments.Right),
            Output = device.View(arguments.Output),
            Grid = launch.Grid,
            LeftStrides = launch.First,
            RightStrides = launch.Second,
            OutputStrides = launch.Output,
            First = constants.First,
            Second = constants.Second,
        });
    }

    internal struct Parameters
    {
        public ArrayView<float> Left;
        public ArrayView<float> Right;
        public ArrayView<float> Output;
        public BroadcastGrid Grid;
        public OperandStrides LeftStrides;
        public OperandStrides RightStrides;
        public OperandStrides OutputStrides;
        public float First;
        public float Second;
    }
}
