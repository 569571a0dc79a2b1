namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// The iteration space of operands that are broadcast against one another: rows of contiguous output elements, the rows in up to three
/// dimensions. Dimensions of size 1 are left out and neighbours that every operand walks through in one stride are merged, so that two
/// operands of one shape are a single row.
/// </summary>
internal readonly struct BroadcastPlan
{
    public BroadcastPlan(Shape4 first, Shape4 second)
        : this(Shape4.Broadcast(first, second), first, second, second)
    {
    }

    /// <param name="output">The shape that the operands are repeated to.</param>
    /// <param name="first">An operand.</param>
    /// <param name="second">An operand.</param>
    /// <param name="third">An operand.</param>
    public BroadcastPlan(Shape4 output, Shape4 first, Shape4 second, Shape4 third)
    {
        var axes = (stackalloc Axis[4]);
        var step = new Strides(1, 1, 1, 1);
        var used = 0;
        for (var dimension = 3; dimension >= 0; dimension--)
        {
            var size = output[dimension];
            if (size == 1)
            {
                continue;
            }

            var strides = new Strides(
                step.Output,
                first[dimension] == 1 ? 0 : step.First,
                second[dimension] == 1 ? 0 : step.Second,
                third[dimension] == 1 ? 0 : step.Third);
            step = new Strides(
                step.Output * size, step.First * first[dimension], step.Second * second[dimension], step.Third * third[dimension]);
            if (used > 0 && axes[used - 1].Strides.Times(axes[used - 1].Size) == strides)
            {
                axes[used - 1] = axes[used - 1] with { Size = axes[used - 1].Size * size };
            }
            else
            {
                axes[used] = new Axis(size, strides);
                used++;
            }
        }

        // A single element: a row of one, from operands that count as contiguous.
        var contiguous = new Axis(1, new Strides(1, 1, 1, 1));
        (Columns, Inner, Middle, Outer) =
            (used > 0 ? axes[0] : contiguous, axes[1].OrOne(), axes[2].OrOne(), axes[3].OrOne());
    }

    /// <summary>Contiguous output elements; the strides of the operands are 1 or, where they are repeated, 0.</summary>
    public Axis Columns { get; }

    /// <summary>The innermost of the dimensions that count rows.</summary>
    public Axis Inner { get; }

    public Axis Middle { get; }

    public Axis Outer { get; }

    public int Rows => Inner.Size * Middle.Size * Outer.Size;

    /// <summary>Where a row begins.</summary>
    public Strides Row(int row)
    {
        var rest = row / Inner.Size;
        return Inner.Strides.Times(row % Inner.Size) + Middle.Strides.Times(rest % Middle.Size) + Outer.Strides.Times(rest / Middle.Size);
    }

    /// <summary>One dimension.</summary>
    /// <param name="Size">Output elements along it.</param>
    /// <param name="Strides">From one of its elements to the next.</param>
    internal readonly record struct Axis(int Size, Strides Strides)
    {
        /// <summary>This axis; one of size 1 if it is the default value.</summary>
        public Axis OrOne() => Size == 0 && Strides == default ? new Axis(1, default) : this;
    }

    /// <summary>Distances in the elements of the output and of each operand.</summary>
    internal readonly record struct Strides(int Output, int First, int Second, int Third)
    {
        public static Strides operator +(Strides left, Strides right) => new(
            left.Output + right.Output, left.First + right.First, left.Second + right.Second, left.Third + right.Third);

        public Strides Times(int count) => new(Output * count, First * count, Second * count, Third * count);
    }
}
