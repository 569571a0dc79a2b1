using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>The cases of the scaled addition with coefficients for each image.</summary>
internal static class MixCases
{
    public static IEnumerable<OperationCase> All(Func<Operation<MixArguments>> operation)
    {
        foreach (var (images, elements) in new[] { (1, 1), (5, 1), (3, 37), (2, 600) })
        {
            yield return Case(operation, images, elements, hasRight: true);
            yield return Case(operation, images, elements, hasRight: false);
        }

        yield return Case(operation, 3, 17003, hasRight: true) with { Scale = CaseScale.Small };
        yield return Images(operation, 5);
        yield return Case(operation, 16, 64 * 64 * 64, hasRight: true) with { Scale = CaseScale.Benchmark };
    }

    private static OperationCase Images(Func<Operation<MixArguments>> operation, int images)
    {
        var operationCase = Case(operation, images, 301, hasRight: true);
        return operationCase with
        {
            Name = operationCase.Name + " images",
            Operands = [.. operationCase.Operands.Select(operand => operand.ForEachImage())],
            Batch = images,
            AtBatch = batch => Images(operation, batch),
        };
    }

    private static OperationCase Case(Func<Operation<MixArguments>> operation, int images, int elements, bool hasRight)
    {
        List<Operand> operands =
        [
            Operand.Input("left", images * elements, Fills.Normal()),
            Operand.Input("leftScale", images, Fills.Uniform(0.1, 1)),
            Operand.Output("output", images * elements),
        ];
        if (hasRight)
        {
            operands.Add(Operand.Input("right", images * elements, Fills.Normal()));
            operands.Add(Operand.Input("rightScale", images, Fills.Uniform(0.1, 1)));
        }

        return new OperationCase
        {
            Name = $"{images}x{elements}{(hasRight ? "" : " left only")}",
            Operands = operands,
            Launch = (device, found) => operation().Launch(device, new MixArguments
            {
                Left = found.Single("left"),
                LeftScale = found.Single("leftScale"),
                Right = found.Single("right"),
                RightScale = found.Single("rightScale"),
                Output = found.Single("output"),
                Images = images,
                Elements = elements,
            }),
            Reference = CaseReference.Elements((values, _, i) =>
                (values["leftScale"][i / elements] * values["left"][i])
                + (hasRight ? values["rightScale"][i / elements] * values["right"][i] : 0)),
            Tolerance = Tolerance.Element(2e-7, 3e-7),
        };
    }
}
