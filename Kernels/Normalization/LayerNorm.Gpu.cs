using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>GPU: the threads of a row form a tree, twice; on a CPU one thread takes a row, sixteen columns at a time.</summary>
internal static class LayerNormKernels
{
    private static readonly GpuKernel<Parameters> TreeKernel = new(Tree);
    private static readonly GpuKernel<Parameters> WideKernel = new(Wide);

    public static GpuVariant<LayerNormArguments> TreeVariant { get; } = new(
        "tree", LaunchTree, [TreeKernel], preferredOn: DeviceClass.Gpu | DeviceClass.Simulator);

    public static GpuVariant<LayerNormArguments> WideVariant { get; } = new(
        "wide", LaunchWide, [WideKernel], preferredOn: DeviceClass.OpenClCpu);

    private static void LaunchTree(GpuDevice device, in LayerNormArguments arguments)
    {
        var group = RowGroups.For(arguments.Columns);
        device.Launch(TreeKernel, RowGroups.Grid(arguments.Rows, group), group, Create(device, arguments));
    }

    private static void LaunchWide(GpuDevice device, in LayerNormArguments arguments) =>
        device.Launch(WideKernel, new Index3D(arguments.Rows, 1, 1), new Index3D(1, 1, 1), Create(device, arguments));

    private static Parameters Create(GpuDevice device, in LayerNormArguments arguments) => new()
    {
        Input = device.View(arguments.Input),
        Output = device.View(arguments.Output),
        Affine = AffineOperands.Create(device, arguments.Weight, arguments.Bias),
        Mean = device.View(arguments.Mean),
        ReciprocalDeviation = device.View(arguments.ReciprocalDeviation),
        HasStatistics = arguments.Mean.IsAbsent ? 0 : 1,
        Rows = arguments.Rows,
        Columns = arguments.Columns,
        Epsilon = arguments.Epsilon,
    };

    internal static void Tree(Parameters p)
    {
        var shared = SharedMemory.Allocate<float>(2 * RowGroups.Size);
        var lane = Group.IdxX;
        var lanes = Group.DimX;
        var row = (Grid.IdxX * Group.DimY) + Group.IdxY;
        var first = row * p.Columns;
        var own = (Group.IdxY * lanes) + lane;
        var origin = 0f;
        var sum = 0f;
        if (row < p.Rows)
        {
            origin = p.Input[first];
            for (var column = lane; column < p.Columns; column += lanes)
            {
                sum += p.Input[first + column] - origin;
            }
        }

        shared[own] = sum;
        Group.Barrier();
        for (var stride = lanes / 2; stride > 0; stride /= 2)
        {
            if (lane < stride)
            {
                shared[own] += shared[own + stride];
            }

            Group.Barrier();
        }

        var offset = shared[own - lane] / p.Columns;
        var squares = 0f;
        if (row < p.Rows)
        {
            for (var column = lane; column < p.Columns; column += lanes)
            {
                var d = p.Input[first + column] - origin - offset;
                squares += d * d;
            }
        }

        // The other half: a slow thread may still read its row's sum.
        own += RowGroups.Size;
        shared[own] = squares;
        Group.Barrier();
        for (var stride = lanes / 2; stride > 0; stride /= 2)
        {
            if (lane < stride)
            {
                shared[own] += shared[own + stride];
            }

            Group.Barrier();
        }

        if (row < p.Rows)
        {
            var reciprocal = 1f / XMath.Sqrt((shared[own - lane] / p.Columns) + p.Epsilon);
            if (p.HasStatistics != 0 && lane == 0)
            {
                p.Mean[row] = origin + offset;
                p.ReciprocalDeviation[row] = reciprocal;
            }

            for (var column = lane; column < p.Columns; column += lanes)
            {
                var n = (p.Input[first + column] - origin - offset) * reciprocal;
                p.Output[first + column] = (n * p.Affine.Weight(column)) + p.Affine.Bias(column);
            }
        }
    }

    internal static void Wide(Parameters p)
    {
        var row = Grid.IdxX;
        var first = row * p.Columns;
        var whole = p.Columns - (p.Columns % Lanes16.Width);
        var origin = p.Input[first];
        var sums = Lanes16.Fill(0f);
        for (var column = 0; column < whole; column += Lanes16.Width)
        {
            sums += Lanes16.Load(p.Input, first + column) - Lanes16.Fill(origin);
        }

        var sum = Lanes16.Sum(sums);
        for (var column = whole; column < p.Columns; column++)
        {
            sum += p.Input[first + column] - origin;
        }

        var offset = sum / p.Columns;
        var squares = Lanes16.Fill(0f);
        for (var column = 0; column < whole; column += Lanes16.Width)
        {
            var d = Lanes16.Load(p.Input, first + column) - Lanes16.Fill(origin) - Lanes16.Fill(offset);
            squares += d * d;
        }

        var square = Lanes16.Sum(squares);
        for (var column = whole; column < p.Columns; column++)
        {
            var d = p.Input[first + column] - origin - offset;
            square += d * d;
        }

        var reciprocal = 1f / XMath.Sqrt((square / p.Columns) + p.Epsilon);
        if (p.HasStatistics != 0)
        {
            p.Mean[row] = origin + offset;
            p.ReciprocalDeviation[row] = reciprocal;
        }

        for (var column = 0; column < whole; column += Lanes16.Width)
        {
            var n = Lanes16.Load(p.Input, first + column) - Lanes16.Fill(origin) - Lanes16.Fill(offset);
            p.Affine.Apply(n * Lanes16.Fill(reciprocal), column).Store(p.Output, first + column);
        }

        for (var column = whole; column < p.Columns; column++)
        {
            var n = (p.Input[first + column] - origin - offset) * reciprocal;
            p.Output[first + column] = (n * p.Affine.Weight(column)) + p.Affine.Bias(column);
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Output;
        public AffineOperands Affine;
        public ArrayView<float> Mean;
        public ArrayView<float> ReciprocalDeviation;
        public int HasStatistics;
        public int Rows;
        public int Columns;
        public float Epsilon;
    }
}
