using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Weight gradients of every shape of <see cref="ConvolutionCaseShapes"/>, overwriting and accumulating.</summary>
internal static class ConvolutionWeightGradientCases
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

        // More positions than are summed up at once, several images among them.
        yield return Backward(ConvolutionCaseShapes.Square(3, 43, 3, 5), true, CaseScale.Small);
    }

    internal static OperationCase Backward(ConvolutionShape shape, bool accumulate, CaseScale scale) => new()
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
            ConvolutionOperations.ConvolutionWeightGradient.Launch(device, new ConvolutionWeightGradientArguments
            {
                Shape = shape,
                Input = operands.Single("input"),
                OutputGradient = operands.Single("outputGradient"),
                WeightsGradient = operands.Single("weightsGradient"),
                Accumulate = accumulate,
            }),
        Reference = CaseReference.Elements((values, _, index) =>
            (accumulate ? values["weightsGradient"][index] : 0)
            + ConvolutionReference.WeightGradient(shape, values["input"], values["outputGradient"], index)),
        Gradient = accumulate || !ConvolutionCaseShapes.IsDifferentiable(shape)
            ? null
            : new GradientCheck(
                ConvolutionCases.Forward(shape, default, scale), [("output", "outputGradient")], [("weights", "weightsGradient")]),
        Tolerance = ConvolutionCaseShapes.SumOf(shape.Batch * shape.OutputHeight * shape.OutputWidth),
        VariantTolerances = WinogradGpuVariants.Names4.Append(WinogradVariants.Name4).ToDictionary(name => name, _ => InTilesOfFour(shape)),
        Scale = scale,
        Batch = shape.Batch,
    };

    /// <summary>
    /// A tile counts whole, also at the borders, and its transforms round at the size of their largest terms: up to about 3 times the
    /// size of the result (the cube of the point 3/2).
    /// </summary>
    private static Tolerance InTilesOfFour(in ConvolutionShape shape) => Tolerance.Sum(
        3 * ConvolutionCaseShapes.SumOf(shape.Batch * 16 * ((shape.OutputHeight + 3) / 4) * ((shape.OutputWidth + 3) / 4)).OfMaximum);
}
