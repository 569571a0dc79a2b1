using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Forward cases: every shape of <see cref="ConvolutionCaseShapes"/>, epilogues on some of them.</summary>
internal static class ConvolutionCases
{
    public static IEnumerable<OperationCase> All()
    {
        foreach (var (shape, scale) in ConvolutionCaseShapes.All)
        {
            yield return Forward(shape, default, scale);
        }

        var tiny = new ConvolutionShape
        {
            Batch = 2,
            Height = 3,
            Width = 4,
            InputChannels = 3,
            OutputChannels = 17,
            KernelHeight = 3,
            KernelWidth = 2,
            Padding = new ConvolutionPadding(1, 1, 0, 1),
        };
        var upsampled = tiny with { Upsample = true, OutputChannels = 5 };
        foreach (var options in Enum.GetValues<Activation>().SelectMany(EpiloguesWith))
        {
            yield return Forward(tiny, options, CaseScale.Small);
        }

        yield return Forward(upsampled, new Epilogue(true, true, Activation.Silu, true), CaseScale.Tiny);

        // Deep enough for sums to be cut into blocks, wide enough for several panels, a ragged one last.
        var deep = new ConvolutionShape
        {
            Batch = 2,
            Height = 5,
            Width = 6,
            InputChannels = 330,
            OutputChannels = 133,
            KernelHeight = 3,
            KernelWidth = 3,
            Padding = ConvolutionPadding.All(1),
        };
        yield return Forward(deep, new Epilogue(true, true, Activation.Gelu, true), CaseScale.Small);
        yield return Forward(
            ConvolutionCaseShapes.Square(1, 64, 224, 224), new Epilogue(true, true, Activation.None, true), CaseScale.Benchmark);
    }

    internal static OperationCase Forward(ConvolutionShape shape, Epilogue epilogue, CaseScale scale) => new()
    {
        Name = Name(shape, epilogue),
        Operands = [.. Operands(shape, epilogue)],
        Launch = (device, operands) => ConvolutionOperations.Convolution.Launch(device, new ConvolutionArguments
        {
            Shape = shape,
            Input = operands.Single("input"),
            Weights = operands.Single("weights"),
            Bias = operands.Single("bias"),
            ImageBias = operands.Single("imageBias"),
            Activation = epilogue.Activation,
            Residual = operands.Single("residual"),
            Output = operands.Single("output"),
        }),
        Reference = CaseReference.Elements((values, _, index) =>
        {
            var (image, channel) = (index / (shape.OutputLength / shape.Batch), index % shape.OutputChannels);
            var sum = ConvolutionReference.Output(shape, values["input"], values["weights"], index)
                + (values.Optional("bias")?[channel] ?? 0)
                + (values.Optional("imageBias")?[(image * shape.OutputChannels) + channel] ?? 0);
            return Activate(epilogue.Activation, sum) + (values.Optional("residual")?[index] ?? 0);
        }),
        Tolerance = ConvolutionCaseShapes.SumOf(shape.Taps * shape.InputChannels),
        VariantTolerances = ConvolutionCaseShapes.InTilesOfFour(ConvolutionCaseShapes.SumOf(shape.Taps * shape.InputChannels)),
        Scale = scale,
        Batch = shape.Batch,
        AtBatch = scale == CaseScale.Benchmark ? null : batch => Forward(shape with { Batch = batch }, epilogue, scale),
    };

    private static IEnumerable<Epilogue> EpiloguesWith(Activation activation) =>
        activation == Activation.None
            ? [new(true, false, activation, false), new(false, true, activation, false), new(false, false, activation, true)]
            : [new(false, false, activation, false), new(true, true, activation, true)];

    private static string Name(ConvolutionShape shape, Epilogue epilogue) =>
        shape.Describe()
        + (epilogue.Bias ? " bias" : "")
        + (epilogue.ImageBias ? " image-bias" : "")
        + (epilogue.Activation == Activation.None ? "" : $" {epilogue.Activation}")
        + (epilogue.Residual ? " residual" : "");

    private static IEnumerable<Operand> Operands(ConvolutionShape shape, Epilogue epilogue)
    {
        yield return Operand.Input("input", shape.InputLength, Fills.Normal()).ForEachImage();
        yield return Operand.Input("weights", shape.WeightsLength, ConvolutionCaseShapes.Weights(shape.Taps * shape.InputChannels));
        if (epilogue.Bias)
        {
            yield return Operand.Input("bias", shape.OutputChannels, Fills.Normal());
        }

        if (epilogue.ImageBias)
        {
            yield return Operand.Input("imageBias", shape.Batch * shape.OutputChannels, Fills.Normal()).ForEachImage();
        }

        if (epilogue.Residual)
        {
            yield return Operand.Input("residual", shape.OutputLength, Fills.Normal()).ForEachImage();
        }

        yield return Operand.Output("output", shape.OutputLength).ForEachImage();
    }

    private static double Activate(Activation activation, double x) => activation switch
    {
        Activation.Silu => Silu.Reference(x, 0, 0),
        Activation.Gelu => Gelu.Reference(x, 0, 0),
        _ => x,
    };

    /// <summary>Which parts of the epilogue a case uses.</summary>
    internal readonly record struct Epilogue(bool Bias, bool ImageBias, Activation Activation, bool Residual);
}
