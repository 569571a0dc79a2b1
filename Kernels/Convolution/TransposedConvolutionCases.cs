using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Cases of the transposed convolution and its gradients.</summary>
internal static class TransposedConvolutionCases
{
    private static IEnumerable<(TransposedConvolutionShape Shape, CaseScale Scale)> Shapes =>
    [
        (Create(1, 1, 1, 1, 1), CaseScale.Tiny),
        (Create(2, 3, 4, 5, 3), CaseScale.Tiny),
        (Create(1, 2, 5, 17, 33), CaseScale.Small),
        (Create(2, 11, 13, 34, 50), CaseScale.Small),
        (Create(1, 50, 49, 20, 65), CaseScale.Small),
        (Create(1, 32, 32, 448, 224), CaseScale.Benchmark),
        (Create(4, 16, 16, 256, 128), CaseScale.Benchmark),
    ];

    public static IEnumerable<OperationCase> Forward()
    {
        foreach (var (shape, scale) in Shapes)
        {
            yield return Forward(shape, true, scale);
            yield return Forward(shape, false, scale);
        }
    }

    public static IEnumerable<OperationCase> InputGradient()
    {
        foreach (var (shape, scale) in Shapes)
        {
            yield return InputGradient(shape, false, scale);
            yield return InputGradient(shape, true, scale);
        }
    }

    public static IEnumerable<OperationCase> WeightGradient()
    {
        foreach (var (shape, scale) in Shapes)
        {
            yield return WeightGradient(shape, false, scale);
            yield return WeightGradient(shape, true, scale);
        }
    }

    private static OperationCase Forward(TransposedConvolutionShape shape, bool bias, CaseScale scale) => new()
    {
        Name = shape.Describe() + (bias ? " bias" : ""),
        Operands =
        [
            Operand.Input("input", shape.InputLength, Fills.Normal()).ForEachImage(),
            Operand.Input("weights", shape.WeightsLength, ConvolutionCaseShapes.Weights(shape.InputChannels)),
            .. bias ? [Operand.Input("bias", shape.OutputChannels, Fills.Normal())] : Array.Empty<Operand>(),
            Operand.Output("output", shape.OutputLength).ForEachImage(),
        ],
        Launch = (device, operands) => ConvolutionOperations.TransposedConvolution.Launch(device, new TransposedConvolutionArguments
        {
            Shape = shape,
            Input = operands.Single("input"),
            Weights = operands.Single("weights"),
            Bias = operands.Single("bias"),
            Output = operands.Single("output"),
        }),
        Reference = CaseReference.Elements((values, _, index) =>
        {
            var (n, y, x, o) = ConvolutionReference.Coordinates(index, 2 * shape.Height, 2 * shape.Width, shape.OutputChannels);
            var pixel = (((n * shape.Height) + (y / 2)) * shape.Width) + (x / 2);
            var tap = (y % 2 * 2) + (x % 2);
            var sum = values.Optional("bias")?[o] ?? 0;
            for (var c = 0; c < shape.InputChannels; c++)
            {
                sum += values["input"][(pixel * shape.InputChannels) + c] * values["weights"][Weight(shape, tap, c, o)];
            }

            return sum;
        }),
        Tolerance = ConvolutionCaseShapes.SumOf(shape.InputChannels),
        Scale = scale,
        Batch = shape.Batch,
        AtBatch = scale == CaseScale.Benchmark ? null : batch => Forward(shape with { Batch = batch }, bias, scale),
    };

    private static OperationCase InputGradient(TransposedConvolutionShape shape, bool accumulate, CaseScale scale) => new()
    {
        Name = shape.Describe() + (accumulate ? " accumulate" : ""),
        Operands =
        [
            Operand.Input("input", shape.InputLength, Fills.Normal()).ForEachImage(),
            Operand.Input("weights", shape.WeightsLength, ConvolutionCaseShapes.Weights(4 * shape.OutputChannels)),
            Operand.Input("outputGradient", shape.OutputLength, Fills.Normal()).ForEachImage(),
            (accumulate
                ? Operand.InputOutput("inputGradient", shape.InputLength, Fills.Normal())
                : Operand.Output("inputGradient", shape.InputLength)).ForEachImage(),
        ],
        Launch = (device, operands) =>
            ConvolutionOperations.TransposedConvolutionInputGradient.Launch(device, new TransposedConvolutionInputGradientArguments
            {
                Shape = shape,
                OutputGradient = operands.Single("outputGradient"),
                Weights = operands.Single("weights"),
                InputGradient = operands.Single("inputGradient"),
                Accumulate = accumulate,
            }),
        Reference = CaseReference.Elements((values, _, index) =>
        {
            var (n, y, x, c) = ConvolutionReference.Coordinates(index, shape.Height, shape.Width, shape.InputChannels);
            var sum = accumulate ? values["inputGradient"][index] : 0;
            for (var tap = 0; tap < 4; tap++)
            {
                var output = OutputElement(shape, n, y, x, tap);
                for (var o = 0; o < shape.OutputChannels; o++)
                {
                    sum += values["outputGradient"][output + o] * values["weights"][Weight(shape, tap, c, o)];
                }
            }

            return sum;
        }),
        Gradient = Check(shape, accumulate, scale, "input", "inputGradient"),
        Tolerance = ConvolutionCaseShapes.SumOf(4 * shape.OutputChannels),
        Scale = scale,
        Batch = shape.Batch,
        AtBatch = scale == CaseScale.Benchmark ? null : batch => InputGradient(shape with { Batch = batch }, accumulate, scale),
    };

    private static OperationCase WeightGradient(TransposedConvolutionShape shape, bool accumulate, CaseScale scale) => new()
    {
        Name = shape.Describe() + (accumulate ? " accumulate" : ""),
        Operands =
        [
            Operand.Input("input", shape.InputLength, Fills.Normal()),
            Operand.Input("weights", shape.WeightsLength, Fills.Normal()),
            Operand.Input("outputGradient", shape.OutputLength, Fills.Normal()),
            accumulate
                ? Operand.InputOutput("weightsGradient", shape.WeightsLength, Fills.Normal())
                : Operand.Output("weightsGradient", shape.WeightsLength),
        ],
        Launch = (device, operands) =>
            ConvolutionOperations.TransposedConvolutionWeightGradient.Launch(device, new TransposedConvolutionWeightGradientArguments
            {
                Shape = shape,
                Input = operands.Single("input"),
                OutputGradient = operands.Single("outputGradient"),
                WeightsGradient = operands.Single("weightsGradient"),
                Accumulate = accumulate,
            }),
        Reference = CaseReference.Elements((values, _, index) =>
        {
            var (_, tap, c, o) = ConvolutionReference.Coordinates(index, 4, shape.InputChannels, shape.OutputChannels);
            var sum = accumulate ? values["weightsGradient"][index] : 0;
            for (var pixel = 0; pixel < shape.Batch * shape.Height * shape.Width; pixel++)
            {
                var (_, n, y, x) = ConvolutionReference.Coordinates(pixel, shape.Batch, shape.Height, shape.Width);
                sum += values["input"][(pixel * shape.InputChannels) + c] * values["outputGradient"][OutputElement(shape, n, y, x, tap) + o];
            }

            return sum;
        }),
        Gradient = Check(shape, accumulate, scale, "weights", "weightsGradient"),
        Tolerance = ConvolutionCaseShapes.SumOf(shape.Batch * shape.Height * shape.Width),
        Scale = scale,
        Batch = shape.Batch,
    };

    private static GradientCheck? Check(TransposedConvolutionShape shape, bool accumulate, CaseScale scale, string input, string gradient) =>
        accumulate || shape.FloatingPointOperations > 100_000
            ? null
            : new GradientCheck(Forward(shape, false, scale), [("output", "outputGradient")], [(input, gradient)]);

    /// <summary>The first channel of the output pixel that a tap of an input pixel meets.</summary>
    private static int OutputElement(TransposedConvolutionShape shape, int n, int y, int x, int tap) =>
        ((((((n * shape.Height) + y) * 2) + (tap / 2)) * 2 * shape.Width) + (2 * x) + (tap % 2)) * shape.OutputChannels;

    private static int Weight(TransposedConvolutionShape shape, int tap, int c, int o) =>
        (((tap * shape.InputChannels) + c) * shape.OutputChannels) + o;

    private static TransposedConvolutionShape Create(int batch, int height, int width, int inputChannels, int outputChannels) => new()
    {
        Batch = batch,
        Height = height,
        Width = width,
        InputChannels = inputChannels,
        OutputChannels = outputChannels,
    };
}
