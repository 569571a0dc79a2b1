using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Sums over rows: one row, one channel, several blocks of rows and of channels, with and without groups.</summary>
internal static class BiasGradientCases
{
    public static IEnumerable<OperationCase> All()
    {
        foreach (var (groups, rows, channels) in new[] { (1, 1, 1), (1, 13, 5), (3, 7, 33), (2, 65, 3), (1, 40, 70) })
        {
            yield return Create(groups, rows, channels, false, CaseScale.Tiny);
            yield return Create(groups, rows, channels, true, CaseScale.Tiny);
        }

        foreach (var (groups, rows, channels) in new[] { (1, 1000, 37), (2, 769, 600), (1, 70_001, 5), (3, 256, 224) })
        {
            yield return Create(groups, rows, channels, false, CaseScale.Small);
            yield return Create(groups, rows, channels, true, CaseScale.Small);
        }

        foreach (var (groups, rows, channels) in new[] { (1, 4096, 224), (1, 16384, 224), (4, 4096, 224), (1, 65536, 128), (1, 256, 672) })
        {
            yield return Create(groups, rows, channels, true, CaseScale.Benchmark);
        }

        foreach (var (height, width, outputChannels) in new[] { (3, 2, 5), (4, 5, 3) })
        {
            yield return OfConvolution(height, width, outputChannels);
        }
    }

    private static OperationCase Create(int groups, int rows, int channels, bool accumulate, CaseScale scale) => new()
    {
        Name = $"{groups}x{rows}x{channels}" + (accumulate ? " accumulate" : ""),
        Operands =
        [
            Operand.Input("outputGradient", groups * rows * channels, Fills.Normal(1)).ForEachImage(),
            (accumulate
                ? Operand.InputOutput("biasGradient", groups * channels, Fills.Normal())
                : Operand.Output("biasGradient", groups * channels)).ForEachImage(),
        ],
        Launch = (device, operands) => Launch(device, operands, groups, rows, channels, accumulate),
        Reference = CaseReference.Elements((values, _, index) =>
        {
            var (group, channel) = Math.DivRem(index, channels);
            return (accumulate ? values["biasGradient"][index] : 0) + Sum(values["outputGradient"], group * rows, rows, channels, channel);
        }),

        // Blocks of 256 terms or fewer, added up as a tree.
        Tolerance = Tolerance.Sum(2e-6),
        Scale = scale,
        Batch = groups,
        AtBatch = scale == CaseScale.Benchmark ? null : batch => Create(batch, rows, channels, accumulate, scale),
    };

    /// <summary>The sum is the derivative of a convolution by its bias.</summary>
    private static OperationCase OfConvolution(int height, int width, int outputChannels)
    {
        var shape = new ConvolutionShape
        {
            Batch = 2,
            Height = height,
            Width = width,
            InputChannels = 2,
            OutputChannels = outputChannels,
            KernelHeight = 1,
            KernelWidth = 2,
        };
        var rows = shape.Batch * shape.OutputHeight * shape.OutputWidth;
        var forward = ConvolutionCases.Forward(shape, new ConvolutionCases.Epilogue(true, false, default, false), CaseScale.Tiny);
        var check = new GradientCheck(forward, [("output", "outputGradient")], [("bias", "biasGradient")]);
        return new OperationCase
        {
            Name = $"of {forward.Name}",
            Operands =
            [
                .. forward.Operands.Where(operand => !operand.IsWritten),
                Operand.Input("outputGradient", shape.OutputLength, Fills.Normal()),
                Operand.Output("biasGradient", outputChannels),
            ],
            Launch = (device, operands) => Launch(device, operands, 1, rows, outputChannels, false),
            Reference = CaseReference.Elements((values, _, channel) => Sum(values["outputGradient"], 0, rows, outputChannels, channel)),
            Gradient = check,
            Tolerance = Tolerance.Sum(2e-6),
        };
    }

    private static void Launch(Device device, CaseOperands operands, int groups, int rows, int channels, bool accumulate) =>
        ConvolutionOperations.BiasGradient.Launch(device, new BiasGradientArguments
        {
            Groups = groups,
            Rows = rows,
            Channels = channels,
            OutputGradient = operands.Single("outputGradient"),
            BiasGradient = operands.Single("biasGradient"),
            Accumulate = accumulate,
        });

    private static double Sum(double[] values, int firstRow, int rows, int channels, int channel)
    {
        var sum = 0.0;
        for (var row = firstRow; row < firstRow + rows; row++)
        {
            sum += values[(row * channels) + channel];
        }

        return sum;
    }
}
