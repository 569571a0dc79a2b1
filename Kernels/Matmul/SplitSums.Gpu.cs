using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// Cuts the inner dimension of a product into parts that are summed apart, then adds the parts in their order and applies the epilogue.
/// </summary>
/// <remarks>
/// Gradients of weights (TN) sum over all tokens of a batch: many terms, few outputs. Parts give a GPU enough groups to work on, and
/// shorter chains of additions round less. NN and NT products are never cut.
/// </remarks>
internal static class SplitSums
{
    /// <summary>The fewest terms worth a part of their own.</summary>
    private const int MinimumLength = 1024;

    /// <summary>The kernel reads this many parts in straight line.</summary>
    private const int MaximumCount = 8;

    private static readonly GpuKernel<Parameters> Kernel = new(Combine);

    /// <summary>Multiplies every part and hands the sums to the epilogue: the real one, or one that stores [part][batch][rows][columns].</summary>
    public delegate void Multiply(GpuDevice device, in MatmulArguments arguments, in Plan plan, Epilogue epilogue);

    public static GpuKernel[] Kernels => [Kernel];

    public static void Launch(GpuDevice device, in MatmulArguments arguments, Multiply multiply)
    {
        var plan = Plan.Of(arguments);
        var epilogue = Epilogue.Of(device, arguments);
        if (plan.Count == 1)
        {
            multiply(device, arguments, plan, epilogue);
            return;
        }

        var length = Check.Elements(arguments.Batch, arguments.Rows, arguments.Columns);
        using var sums = device.Rent<float>(Check.Elements(plan.Count, length));
        var view = device.View(sums.Span);
        multiply(device, arguments, plan, Epilogue.Raw(view, arguments.Rows, arguments.Columns));
        device.LaunchElementwise(Kernel, length, new Parameters
        {
            Sums = view,
            Length = length,
            Count = plan.Count,
            Rows = arguments.Rows,
            Columns = arguments.Columns,
            Epilogue = epilogue,
        });
    }

    internal static void Combine(Parameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var row = i / p.Columns;
            var batch = row / p.Rows;
            var column = i - (row * p.Columns);
            row -= batch * p.Rows;

            // Straight-line code, because OpenCL compilers for CPUs vectorise across threads only where there is no loop.
            var sum = p.Sums[i];
            sum += Part(p, 1, i);
            sum += Part(p, 2, i);
            sum += Part(p, 3, i);
            sum += Part(p, 4, i);
            sum += Part(p, 5, i);
            sum += Part(p, 6, i);
            sum += Part(p, 7, i);
            p.Epilogue.Store(sum, column, p.Epilogue.OutputIndex(batch, row), p.Epilogue.ResidualIndex(batch, row));
        }
    }

    private static float Part(Parameters p, int part, int i)
    {
        var value = p.Sums[part < p.Count ? (part * p.Length) + i : i];
        return part < p.Count ? value : 0f;
    }

    /// <summary>How many parts, and the terms of all but the last one.</summary>
    public readonly record struct Plan(int Count, int Length)
    {
        /// <summary>Depends on the transposition and the number of terms alone.</summary>
        public static Plan Of(in MatmulArguments arguments)
        {
            if (!arguments.TransposeLeft || arguments.Inner <= MinimumLength)
            {
                return new Plan(1, arguments.Inner);
            }

            var count = Math.Min(MaximumCount, (arguments.Inner + MinimumLength - 1) / MinimumLength);
            var length = (arguments.Inner + count - 1) / count;
            return new Plan((arguments.Inner + length - 1) / length, length);
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Sums;
        public int Length;
        public int Count;
        public int Rows;
        public int Columns;
        public Epilogue Epilogue;
    }
}
