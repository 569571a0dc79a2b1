namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// A <see cref="BroadcastPlan"/> whose first operand is a sum over the dimensions that it is repeated along: rows and columns are either
/// kept or summed. Strides are those of output gradient, target, first and second operand.
/// </summary>
internal readonly struct ReductionPlan
{
    private static readonly BroadcastPlan.Axis None = new(1, default);

    public ReductionPlan(in GradientRequest request)
    {
        var plan = new BroadcastPlan(request.OutputShape, request.TargetShape, request.FirstShape, request.SecondShape);
        Plan = plan;
        Columns = plan.Columns;
        (Kept, Summed) = (new Axes(None, None, None), new Axes(None, None, None));
        foreach (var axis in (ReadOnlySpan<BroadcastPlan.Axis>)[plan.Outer, plan.Middle, plan.Inner])
        {
            if (axis.Size == 1)
            {
                continue;
            }

            if (axis.Strides.First == 0)
            {
                Summed = new Axes(Summed.Middle, Summed.Inner, axis);
            }
            else
            {
                Kept = new Axes(Kept.Middle, Kept.Inner, axis);
            }
        }
    }

    /// <summary>The same iteration space without the distinction.</summary>
    public BroadcastPlan Plan { get; }

    public BroadcastPlan.Axis Columns { get; }

    /// <summary>Whether each column has its own sum, or a row is summed.</summary>
    public bool KeepsColumns => Columns.Strides.First != 0;

    /// <summary>Rows of the target.</summary>
    public Axes Kept { get; }

    /// <summary>Rows that are summed for each row of the target.</summary>
    public Axes Summed { get; }

    public bool SumsNothing => KeepsColumns && Summed.Rows == 1;

    /// <summary>Rows in up to three dimensions.</summary>
    internal readonly record struct Axes(BroadcastPlan.Axis Outer, BroadcastPlan.Axis Middle, BroadcastPlan.Axis Inner)
    {
        public int Rows => Outer.Size * Middle.Size * Inner.Size;

        /// <summary>Where a row begins.</summary>
        public BroadcastPlan.Strides Row(int row)
        {
            if (Inner.Size == Rows)
            {
                return Inner.Strides.Times(row);
            }

            var rest = row / Inner.Size;
            return Inner.Strides.Times(row % Inner.Size) + Middle.Strides.Times(rest % Middle.Size)
                + Outer.Strides.Times(rest / Middle.Size);
        }
    }
}
