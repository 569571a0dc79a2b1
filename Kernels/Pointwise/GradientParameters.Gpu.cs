using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>The parameters of all <see cref="GradientKernels"/>; each uses a part of them.</summary>
internal struct GradientParameters
{
    public ArrayView<float> OutputGradient;
    public ArrayView<float> First;
    public ArrayView<float> Second;
    public ArrayView<float> Target;
    public int Kind;
    public float Constant;

    public BroadcastGrid Grid;
    public OperandStrides OutputGradientStrides;
    public OperandStrides FirstStrides;
    public OperandStrides SecondStrides;
    public OperandStrides TargetStrides;

    public int Columns;
    public int ColumnBlocks;
    public RowAxes Kept;
    public RowStrides OutputGradientKept;
    public RowStrides FirstKept;
    public RowStrides SecondKept;
    public RowAxes Summed;
    public RowStrides OutputGradientSummed;
    public RowStrides FirstSummed;
    public RowStrides SecondSummed;

    /// <summary>Sums that each element of the target is made of.</summary>
    public int Parts;
    public int RowsPerPart;
    public int Segment;
    public int Segments;

    public static GradientParameters ForTerms(GpuDevice device, in GradientRequest request, in BroadcastGrid.Launch launch) =>
        Operands(device, request) with
        {
            Grid = launch.Grid,
            OutputGradientStrides = launch.Output,
            TargetStrides = launch.First,
            FirstStrides = launch.Second,
            SecondStrides = launch.Third,
        };

    public static GradientParameters ForSum(GpuDevice device, in GradientRequest request, in ReductionPlan plan)
    {
        var columns = plan.Columns.Strides;
        var (kept, summed) = (plan.Kept, plan.Summed);
        return Operands(device, request) with
        {
            Columns = plan.Columns.Size,
            OutputGradientStrides = new OperandStrides { Column = columns.Output },
            FirstStrides = new OperandStrides { Column = columns.Second },
            SecondStrides = new OperandStrides { Column = columns.Third },
            Kept = RowAxes.Of(kept),
            OutputGradientKept = RowStrides.Of(kept, strides => strides.Output),
            FirstKept = RowStrides.Of(kept, strides => strides.Second),
            SecondKept = RowStrides.Of(kept, strides => strides.Third),
            Summed = RowAxes.Of(summed),
            OutputGradientSummed = RowStrides.Of(summed, strides => strides.Output),
            FirstSummed = RowStrides.Of(summed, strides => strides.Second),
            SecondSummed = RowStrides.Of(summed, strides => strides.Third),
        };
    }

    private static GradientParameters Operands(GpuDevice device, in GradientRequest request) => new()
    {
        OutputGradient = device.View(request.OutputGradient),
        First = device.View(request.First),
        Second = device.View(request.Second),
        Target = device.View(request.Target),
        Kind = (int)request.Kind,
        Constant = request.Constant,
    };
}

/// <summary>Rows in up to three dimensions.</summary>
internal struct RowAxes
{
    public int Rows;
    public int Inner;
    public int Middle;

    public static RowAxes Of(in ReductionPlan.Axes axes) =>
        new() { Rows = axes.Rows, Inner = axes.Inner.Size, Middle = axes.Middle.Size };

    /// <summary>Where a row begins in an operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Offset(RowStrides strides, int row)
    {
        if (Inner == Rows)
        {
            return row * strides.Inner;
        }

        var rest = row / Inner;
        var outer = rest / Middle;
        return ((row - (rest * Inner)) * strides.Inner) + ((rest - (outer * Middle)) * strides.Middle) + (outer * strides.Outer);
    }
}

/// <summary>The strides of one operand along <see cref="RowAxes"/>.</summary>
internal struct RowStrides
{
    public int Inner;
    public int Middle;
    public int Outer;

    public static RowStrides Of(in ReductionPlan.Axes axes, Func<BroadcastPlan.Strides, int> operand) => new()
    {
        Inner = operand(axes.Inner.Strides),
        Middle = operand(axes.Middle.Strides),
        Outer = operand(axes.Outer.Strides),
    };
}
