using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Shape;

internal static class ShapeCases
{
    public static IEnumerable<OperationCase> StridedCopy()
    {
        yield return Copy("one element", [1], [1], [1], 1, 1);
        yield return Copy("contiguous", [37], [1], [1], 37, 37);
        yield return Copy("every third to every second", [13], [3], [2], 37, 25);
        yield return Copy("permute 2x3x5 to 5x2x3", [5, 2, 3], [1, 15, 5], [6, 3, 1], 30, 30);
        yield return Copy("channels last to first 2x7x3", [2, 3, 7], [21, 1, 3], [21, 7, 1], 42, 42);
        yield return Copy("slice of rows", [3, 4, 5], [60, 10, 1], [20, 5, 1], 160, 60);
        yield return Copy("into a padded frame", [3, 4, 5], [20, 5, 1], [56, 7, 1], 60, 150);
        yield return Copy("repeat a row", [4, 6], [0, 1], [6, 1], 6, 24);
        yield return Copy("six dimensions", [2, 3, 2, 2, 3, 2], [1, 2, 6, 12, 24, 72], [72, 24, 12, 6, 2, 1], 144, 144);
        yield return Copy("concat rows of 35", [9, 35], [35, 1], [48, 1], 9 * 35, 9 * 48);
        yield return Copy("blocks of every second row, accumulated", [3, 5, 33], [330, 66, 1], [165, 33, 1], 990, 495, accumulate: true);
        yield return Copy("accumulate", [4, 6], [6, 1], [8, 1], 24, 30, accumulate: true);
        yield return Copy("long row", [40003], [1], [1], 40003, 40003, scale: CaseScale.Small);
        yield return Copy("concat 64x64 of 448 and 224", [4096, 224], [224, 1], [672, 1], 4096 * 224, 4096 * 672 - 448, scale: CaseScale.Benchmark);
        yield return Copy("NCHW to NHWC 4x3x256x256", [4, 65536, 3], [196608, 1, 65536], [196608, 3, 1], 786432, 786432, scale: CaseScale.Benchmark);
    }

    public static IEnumerable<OperationCase> Gather()
    {
        foreach (var (outer, size, inner, count) in new[] { (1, 5, 1, 1), (1, 7, 3, 10), (3, 4, 17, 6), (2, 9, 300, 5) })
        {
            yield return GatherForward(outer, size, inner, count, CaseScale.Tiny);
        }

        yield return GatherForward(1, 8192, 64, 4096, CaseScale.Benchmark);
    }

    public static IEnumerable<OperationCase> GatherBackward()
    {
        foreach (var (outer, size, inner, count) in new[] { (1, 5, 1, 1), (1, 7, 3, 10), (3, 4, 17, 6) })
        {
            var check = new GradientCheck(
                GatherForward(outer, size, inner, count, CaseScale.Tiny), [("output", "outputGradient")], [("input", "inputGradient")]);
            yield return new OperationCase
            {
                Name = $"{outer}x{size}x{inner} from {count}",
                Operands =
                [
                    Operand.Input("input", outer * size * inner, Fills.Normal()),
                    Operand.Integers("indices", count, Fills.Integers(-1, size + 1)),
                    Operand.Input("outputGradient", outer * count * inner, Fills.Normal()),
                    Operand.Output("inputGradient", outer * size * inner),
                ],
                Launch = (device, operands) => ShapeOperations.GatherBackward.Launch(device, new GatherBackwardArguments
                {
                    OutputGradient = operands.Single("outputGradient"),
                    Indices = operands.Integers("indices"),
                    InputGradient = operands.Single("inputGradient"),
                    Outer = outer,
                    Size = size,
                    Inner = inner,
                }),
                Reference = CaseReference.OfGradient(check),
                Gradient = check,
                Tolerance = Tolerance.Sum(1e-6),
            };
        }
    }

    private static OperationCase Copy(
        string name,
        int[] sizes,
        int[] inputStrides,
        int[] outputStrides,
        int inputLength,
        int outputLength,
        bool accumulate = false,
        CaseScale scale = CaseScale.Tiny) => new()
        {
            Name = name,
            Operands =
            [
                Operand.Input("input", inputLength, Fills.Normal()),
                Operand.InputOutput("output", outputLength, Fills.Normal()),
            ],
            Launch = (device, operands) => ShapeOperations.StridedCopy.Launch(device, new StridedCopyArguments
            {
                Input = operands.Single("input"),
                Output = operands.Single("output"),
                Index = new StridedIndex(sizes, inputStrides, outputStrides),
                Accumulate = accumulate,
            }),
            Reference = CaseReference.Whole(values =>
            {
                var total = sizes.Aggregate(1, (product, size) => product * size);
                for (var i = 0; i < total; i++)
                {
                    var (rest, from, to) = (i, 0, 0);
                    for (var d = sizes.Length - 1; d >= 0; d--)
                    {
                        from += rest % sizes[d] * inputStrides[d];
                        to += rest % sizes[d] * outputStrides[d];
                        rest /= sizes[d];
                    }

                    values["output"][to] = values["input"][from] + (accumulate ? values["output"][to] : 0);
                }
            }),
            Tolerance = accumulate ? Tolerance.Sum(1e-7) : Tolerance.Exact,
            Scale = scale,
        };

    private static OperationCase GatherForward(int outer, int size, int inner, int count, CaseScale scale) => new()
    {
        Name = $"{outer}x{size}x{inner} take {count}",
        Operands =
        [
            Operand.Input("input", outer * size * inner, Fills.Normal()),

            // Indices one outside either end: those rows are zero.
            Operand.Integers("indices", count, Fills.Integers(-1, size + 1)),
            Operand.Output("output", outer * count * inner),
        ],
        Launch = (device, operands) => ShapeOperations.Gather.Launch(device, new GatherArguments
        {
            Input = operands.Single("input"),
            Indices = operands.Integers("indices"),
            Output = operands.Single("output"),
            Outer = outer,
            Size = size,
            Inner = inner,
        }),
        Reference = CaseReference.Elements((values, _, i) =>
        {
            var (row, column) = (i / inner, i % inner);
            var index = (int)values["indices"][row % count];
            return index >= 0 && index < size ? values["input"][(((row / count * size) + index) * inner) + column] : 0;
        }),
        Tolerance = Tolerance.Exact,
        Scale = scale,
    };
}
