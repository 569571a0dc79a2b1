using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// GPU: inputGradient = r · (e - avg(e) - n · avg(e · n)) with e = outputGradient · weight, r = 1 / deviation and n the normalised
/// input. The threads of a row form a tree; on a CPU one thread takes a row, sixteen columns at a time.
/// </summary>
internal static class LayerNormBackwardKernels
{
    private static readonly GpuKernel<Parameters> TreeKernel = new(Tree);
    private static readonly GpuKernel<Parameters> WideKernel = new(Wide);

    public static GpuVariant<LayerNormBackwardArguments> TreeVariant { get; } = new(
        "tree",
        (GpuDevice device, in LayerNormBackwardArguments arguments) => Launch(device, arguments, wide: false),
        [TreeKernel, LayerNormParameterSumsKernels.TreeKernel, ParameterGradientsKernels.Kernel],
        preferredOn: DeviceClass.Gpu | DeviceClass.Simulator);

    public static GpuVariant<LayerNormBackwardArguments> WideVariant { get; } = new(
        "wide",
        (GpuDevice device, in LayerNormBackwardArguments arguments) => Launch(device, arguments, wide: true),
        [WideKernel, LayerNormParameterSumsKernels.WideKernel, ParameterGradientsKernels.Kernel],
        preferredOn: DeviceClass.OpenClCpu);

    private static void Launch(GpuDevice device, in LayerNormBackwardArguments arguments, bool wide)
    {
        // Before the input gradient, which may take the output gradient's place.
        if (!arguments.WeightGradient.IsAbsent || !arguments.BiasGradient.IsAbsent)
        {
            var split = ChannelSplit.ForGpuSums(arguments.Rows, arguments.Columns);
            using var sums = device.Rent<float>(Check.Elements(split.Count, 2, arguments.Columns));
            LayerNormParameterSumsKernels.Launch(device, wide, split, arguments, sums.Span);
            ParameterGradientsKernels.Launch(
                device,
                split.Count,
                arguments.Columns,
                sums.Span,
                arguments.WeightGradient,
                arguments.BiasGradient,
                arguments.Accumulate);
        }

        if (arguments.InputGradient.IsAbsent)
        {
            return;
        }

        var parameters = new Parameters
        {
            Input = device.View(arguments.Input),
            OutputGradient = device.View(arguments.OutputGradient),
            Mean = device.View(arguments.Mean),
            ReciprocalDeviation = device.View(arguments.ReciprocalDeviation),
            Affine = AffineOperands.Create(device, arguments.Weight, default),
            InputGradient = device.View(arguments.InputGradient),
            Rows = arguments.Rows,
            Columns = arguments.Columns,
        };
        if (wide)
        {
            device.Launch(WideKernel, new Index3D(arguments.Rows, 1, 1), new Index3D(1, 1, 1), parameters);
        }
        else
        {
            var group = RowGroups.For(arguments.Columns);
            device.Launch(TreeKernel, RowGroups.Grid(arguments.Rows, group), group, parameters);
        }
    }

    internal static void Tree(Parameters p)
    {
        var averages = SharedMemory.Allocate<float>(RowGroups.Size);
        var products = SharedMemory.Allocate<float>(RowGroups.Size);
        var lane = Group.IdxX;
        var lanes = Group.DimX;
        var row = (Grid.IdxX * Group.DimY) + Group.IdxY;
        var first = row * p.Columns;
        var own = (Group.IdxY * lanes) + lane;
        var center = 0f;
        var average = 0f;
        var product = 0f;
        if (row < p.Rows)
        {
            center = p.Mean[row];
            for (var column = lane; column < p.Columns; column += lanes)
            {
                var e = p.OutputGradient[first + column] * p.Affine.Weight(column);
                average += e;
                product += e * (p.Input[first + column] - center);
            }
        }

        averages[own] = average;
        products[own] = product;
        Group.Barrier();
        for (var stride = lanes / 2; stride > 0; stride /= 2)
        {
            if (lane < stride)
            {
                averages[own] += averages[own + stride];
                products[own] += products[own + stride];
            }

            Group.Barrier();
        }

        if (row < p.Rows)
        {
            var reciprocal = p.ReciprocalDeviation[row];
            var constant = averages[own - lane] / p.Columns;
            var slope = reciprocal * reciprocal * (products[own - lane] / p.Columns);
            for (var column = lane; column < p.Columns; column += lanes)
            {
                var e = p.OutputGradient[first + column] * p.Affine.Weight(column);
                p.InputGradient[first + column] = reciprocal * (e - constant - (slope * (p.Input[first + column] - center)));
            }
        }
    }

    internal static void Wide(Parameters p)
    {
        var row = Grid.IdxX;
        var first = row * p.Columns;
        var whole = p.Columns - (p.Columns % Lanes16.Width);
        var center = p.Mean[row];
        var reciprocal = p.ReciprocalDeviation[row];
        var averages = Lanes16.Fill(0f);
        var products = Lanes16.Fill(0f);
        for (var column = 0; column < whole; column += Lanes16.Width)
        {
            var e = p.Affine.Weighted(Lanes16.Load(p.OutputGradient, first + column), column);
            averages += e;
            products += e * (Lanes16.Load(p.Input, first + column) - Lanes16.Fill(center));
        }

        var average = Lanes16.Sum(averages);
        var product = Lanes16.Sum(products);
        for (var column = whole; column < p.Columns; column++)
        {
            var e = p.OutputGradient[first + column] * p.Affine.Weight(column);
            average += e;
            product += e * (p.Input[first + column] - center);
        }

        var constant = average / p.Columns;
        var slope = reciprocal * reciprocal * (product / p.Columns);
        for (var column = 0; column < whole; column += Lanes16.Width)
        {
            var e = p.Affine.Weighted(Lanes16.Load(p.OutputGradient, first + column), column);
            var d = Lanes16.Load(p.Input, first + column) - Lanes16.Fill(center);
            var value = e - Lanes16.Fill(constant) - (d * Lanes16.Fill(slope));
            (value * Lanes16.Fill(reciprocal)).Store(p.InputGradient, first + column);
        }

        for (var column = whole; column < p.Columns; column++)
        {
            var e = p.OutputGradient[first + column] * p.Affine.Weight(column);
            p.InputGradient[first + column] = reciprocal * (e - constant - (slope * (p.Input[first + column] - center)));
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> OutputGradient;
        public ArrayView<float> Mean;
        public ArrayView<float> ReciprocalDeviation;
        public AffineOperands Affine;
        public ArrayView<float> InputGradient;
        public int Rows;
        public int Columns;
    }
}
