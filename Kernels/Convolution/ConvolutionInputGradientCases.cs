using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Input gradients of every shape of <see cref="ConvolutionCaseShapes"/>, overwriting and accumulating.</summary>
internal static class ConvolutionInputGradientCases
{
    public static IEnumerable<OperationCase> All()
    {
        foreach (var (shape, scale) in ConvolutionCaseShapes.All)
        {
            yield return Backward(shape, false, scale);
        }

        foreach (var shape in ConvolutionCaseShapes.Tiny.Where(shape => shape.Stride > 1))
        {
            yield return Backward(shape, true, CaseScale.Tiny);
        }

        foreach (var shape in ConvolutionCaseShapes.Small)
        {
            yield return Backward(shape, true, CaseScale.Small);
        }
    }

    internal static OperationCase Backward(ConvolutionShape shape, bool accumulate, CaseScale scale)
    {
        var gradient = Operand.Output("inputGradient", shape.InputLength);
        if (accumulate)
        {
            gradient = Operand.InputOutput("inputGradient", shape.InputLength, Fills.Normal());
        }

        return new OperationCase
        {
            Name = shape.Describe() + (accumulate ? " accumulate" : ""),
            Operands =
            [
                Operand.Input("input", shape.InputLength, Fills.Normal()).ForEachImage(),
                Operand.Input("weights", shape.WeightsLength, ConvolutionCaseShapes.Weights(shape.Taps * shape.OutputChannels)),
                Operand.Input("outputGradient", shape.OutputLength, Fills.Normal()).ForEachImage(),
                gradient.ForEachImage(),
            ],
            Launch = (device, operands) =>
                ConvolutionOperations.ConvolutionInputGradient.Launch(device, new ConvolutionInputGradientArguments
                {
                    Shape = shape,
                    OutputGradient = operands.Single("outputGradient"),
                    Weights = operands.Single("weights"),
                    InputGradient = operands.Single("inputGradient"),
                    Accumulate = accumulate,
                }),
            Reference = CaseReference.Elements((values, _, index) =>
                (accumulate ? values["inputGradient"][index] : 0)
                + ConvolutionReference.InputGradient(shape, values["outputGradient"], values["weights"], index)),
            Gradient = accumulate || !ConvolutionCaseShapes.IsDifferentiable(shape)
                ? null
                : new GradientCheck(
                    ConvolutionCases.Forward(shape, default, scale), [("output", "outputGradient")], [("input", "inputGradient")]),
            Tolerance = ConvolutionCaseShapes.SumOf(shape.Taps * shape.OutputChannels),
            VariantTolerances = ConvolutionCaseShapes.InTilesOfFour(ConvolutionCaseShapes.SumOf(shape.Taps * shape.OutputChannels)),
            Scale = scale,
            Batch = shape.Batch,
            AtBatch = scale == CaseScale.Benchmark ? null : batch => Backward(shape with { Batch = batch }, accumulate, scale),
        };
    }
}
