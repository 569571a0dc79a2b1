using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>One thread per element of the output.</summary>
internal static class WhereKernels
{
    private static readonly GpuKernel<Parameters> Kernel = new(Forward);

    public static GpuVariant<WhereArguments> Variant { get; } = new("elementwise", Launch, [Kernel]);

    internal static void Forward(Parameters p)
    {
        var row = p.Grid.Row();
        var column = p.Grid.Column();
        if (column < p.Grid.Columns && row < p.Grid.Rows)
        {
            // Both operands are read whichever is chosen: a branch would keep PoCL from vectorising.
            var whenTrue = p.WhenTrue[p.WhenTrueStrides.Offset(row, column)];
            var whenFalse = p.WhenFalse[p.WhenFalseStrides.Offset(row, column)];
            var condition = p.Condition[p.ConditionStrides.Offset(row, column)];
            p.Output[p.OutputStrides.Offset(row, column)] = condition == 0f ? whenFalse : whenTrue;
        }
    }

    private static void Launch(GpuDevice device, in WhereArguments arguments)
    {
        var launch = BroadcastGrid.For(new BroadcastPlan(
            arguments.OutputShape, arguments.ConditionShape, arguments.WhenTrueShape, arguments.WhenFalseShape));
        device.Launch(Kernel, launch.GridSize, launch.GroupSize, new Parameters
        {
            Condition = device.View(arguments.Condition),
            WhenTrue = device.View(arguments.WhenTrue),
            WhenFalse = device.View(arguments.WhenFalse),
            Output = device.View(arguments.Output),
            Grid = launch.Grid,
            ConditionStrides = launch.First,
            WhenTrueStrides = launch.Second,
            WhenFalseStrides = launch.Third,
            OutputStrides = launch.Output,
        });
    }

    internal struct Parameters
    {
        public ArrayView<float> Condition;
        public ArrayView<float> WhenTrue;
        public ArrayView<float> WhenFalse;
        public ArrayView<float> Output;
        public BroadcastGrid Grid;
        public OperandStrides ConditionStrides;
        public OperandStrides WhenTrueStrides;
        public OperandStrides WhenFalseStrides;
        public OperandStrides OutputStrides;
    }
}
