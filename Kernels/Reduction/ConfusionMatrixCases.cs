using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Reduction;

internal static class ConfusionMatrixCases
{
    public static IEnumerable<OperationCase> All()
    {
        yield return Count(1, 1, false, false, CaseScale.Tiny);
        yield return Count(300, 5, false, false, CaseScale.Tiny);
        yield return Count(300, 5, true, false, CaseScale.Tiny);
        yield return Count(300, 5, false, true, CaseScale.Tiny);
        yield return Count(300, 5, true, true, CaseScale.Tiny);
        yield return Count(131, 3, true, true, CaseScale.Tiny, accumulate: true);
        yield return Count(4097, 2, true, false, CaseScale.Tiny);
        yield return Count(300, ConfusionMatrixArguments.MaximumClasses, true, false, CaseScale.Small);
        yield return Count(200_003, 19, true, false, CaseScale.Small);
        yield return Count(140_003, 7, false, true, CaseScale.Small, accumulate: true);
        yield return Count(1_100_003, 2, true, true, CaseScale.Small);
        yield return Count(8 * 256 * 256, 19, true, false, CaseScale.Benchmark);
    }

    private static OperationCase Count(
        int length, int classes, bool expectedBytes, bool predictedBytes, CaseScale scale, bool accumulate = false)
    {
        return new OperationCase
        {
            Name = $"{length} classes {classes}{(expectedBytes ? " bytes" : " integers")} and {(predictedBytes ? "bytes" : "integers")}"
                + (accumulate ? " accumulate" : ""),
            Operands =
            [
                Labels("expected", length, classes, expectedBytes),
                Labels("predicted", length, classes, predictedBytes),
                Operand.IntegerOutput("counts", classes * classes),
            ],
            Launch = (device, operands) =>
            {
                var arguments = new ConfusionMatrixArguments
                {
                    Expected = operands.Integers("expected"),
                    ExpectedBytes = operands.Bytes("expected"),
                    Predicted = operands.Integers("predicted"),
                    PredictedBytes = operands.Bytes("predicted"),
                    Counts = operands.Integers("counts"),
                    Classes = classes,
                };
                ReductionOperations.ConfusionMatrix.Launch(device, arguments);
                if (accumulate)
                {
                    ReductionOperations.ConfusionMatrix.Launch(device, arguments with { Accumulate = true });
                }
            },
            Reference = CaseReference.Whole(values =>
            {
                var (expected, predicted) = (values["expected"], values["predicted"]);
                for (var i = 0; i < length; i++)
                {
                    if (expected[i] >= 0 && expected[i] < classes && predicted[i] >= 0 && predicted[i] < classes)
                    {
                        values["counts"][(int)((expected[i] * classes) + predicted[i])] += accumulate ? 2 : 1;
                    }
                }
            }),
            Tolerance = Tolerance.Exact,
            Scale = scale,
        };
    }

    /// <summary>Labels one outside either end (bytes have only the upper one) count nowhere.</summary>
    private static Operand Labels(string name, int length, int classes, bool bytes) => bytes
        ? Operand.Bytes(name, length, Fills.Integers(0, classes + 1))
        : Operand.Integers(name, length, Fills.Integers(-1, classes + 1));
}
