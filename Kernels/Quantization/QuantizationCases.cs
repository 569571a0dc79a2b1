using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Quantization;

internal static class QuantizationCases
{
    private static readonly (int Rows, int Codewords, int Width)[] Sizes = [(1, 1, 1), (5, 37, 3), (67, 20, 4), (3, 70, 65)];

    public static IEnumerable<OperationCase> Nearest()
    {
        foreach (var (rows, codewords, width) in Sizes)
        {
            yield return Nearest($"{rows}x{width} of {codewords}", rows, codewords, width, Fills.Normal(), Fills.Normal(), true, CaseScale.Tiny);
        }

        yield return Nearest("indices only", 5, 37, 3, Fills.Normal(), Fills.Normal(), false, CaseScale.Tiny);

        // Codewords on a coarse grid repeat themselves: the lowest index must win.
        yield return Nearest("repeated codewords", 9, 40, 2, Fills.Integers(-1, 2), Fills.Integers(-1, 2), true, CaseScale.Tiny);
        yield return Nearest("not a number", 3, 40, 2, Fills.Values(0.5, double.NaN, 1, 1, double.NaN, 0), Fills.Normal(), true, CaseScale.Tiny);
        yield return Nearest("more codewords than a tile", 70, 1500, 3, Fills.Normal(), Fills.Normal(), true, CaseScale.Small);
        yield return Nearest("4096x3 of 8192", 4096, 8192, 3, Fills.Normal(), Fills.Normal(), true, CaseScale.Benchmark);
    }

    public static IEnumerable<OperationCase> StraightThrough()
    {
        foreach (var (rows, codewords, width) in Sizes)
        {
            yield return new OperationCase
            {
                Name = $"{rows}x{width} of {codewords}",
                Operands =
                [
                    .. Inputs(rows, codewords, width),
                    Operand.Input("quantizedGradient", rows * width, Fills.Normal()),
                    Operand.Output("vectorGradient", rows * width),
                ],
                Launch = (device, operands) => QuantizationOperations.StraightThroughBackward.Launch(device, new StraightThroughBackwardArguments
                {
                    Rows = rows,
                    Codewords = codewords,
                    Width = width,
                    Vectors = operands.Single("vectors"),
                    Codebook = operands.Single("codebook"),
                    Indices = operands.Integers("indices"),
                    QuantizedGradient = operands.Single("quantizedGradient"),
                    VectorGradient = operands.Single("vectorGradient"),
                    CommitmentScale = 0.5f,
                }),
                Reference = CaseReference.Elements((values, _, i) =>
                {
                    var index = (int)values["indices"][i / width];
                    var isValid = index >= 0 && index < codewords;
                    return values["quantizedGradient"][i]
                        + (isValid ? 0.5 * (values["vectors"][i] - values["codebook"][(index * width) + (i % width)]) : 0);
                }),

                // The commitment loss and what passes straight through: d/dz of dq · z + scale / 2 · |z - e|².
                Gradient = new GradientCheck(
                    CommitmentLoss(rows, codewords, width), [("loss", "one")], [("vectors", "vectorGradient")]),
                Tolerance = Tolerance.Element(3e-7, 3e-7),
            };
        }
    }

    public static IEnumerable<OperationCase> CodebookGradient()
    {
        foreach (var (rows, codewords, width) in Sizes)
        {
            yield return Codebook(rows, codewords, width, accumulate: false);
        }

        yield return Codebook(67, 20, 4, accumulate: true);
    }

    public static IEnumerable<OperationCase> Usage()
    {
        foreach (var (length, codewords, scale) in new[] { (1, 1, CaseScale.Tiny), (300, 37, CaseScale.Tiny), (4096, 8192, CaseScale.Benchmark) })
        {
            yield return new OperationCase
            {
                Name = $"{length} of {codewords}",
                Operands = [Operand.Integers("indices", length, Fills.Integers(-1, codewords + 1)), Operand.IntegerOutput("counts", codewords)],
                Launch = (device, operands) => QuantizationOperations.CodewordUsage.Launch(device, new CodewordUsageArguments
                {
                    Indices = operands.Integers("indices"),
                    Counts = operands.Integers("counts"),
                }),
                Reference = CaseReference.Elements((values, _, i) => values["indices"].Count(index => index == i)),
                Tolerance = Tolerance.Exact,
                Scale = scale,
            };
        }
    }

    private static OperationCase Nearest(
        string name, int rows, int codewords, int width, Fill vectors, Fill codebook, bool quantized, CaseScale scale)
    {
        List<Operand> operands =
        [
            Operand.Input("vectors", rows * width, vectors).ForEachImage(),
            Operand.Input("codebook", codewords * width, codebook),
            Operand.IntegerOutput("indices", rows).ForEachImage(),
        ];
        if (quantized)
        {
            operands.Add(Operand.Output("quantized", rows * width).ForEachImage());
        }

        return new OperationCase
        {
            Name = name,
            Operands = operands,
            Launch = (device, spans) => QuantizationOperations.NearestCodeword.Launch(device, new NearestCodewordArguments
            {
                Rows = rows,
                Codewords = codewords,
                Width = width,
                Vectors = spans.Single("vectors"),
                Codebook = spans.Single("codebook"),
                Indices = spans.Integers("indices"),
                Quantized = spans.Single("quantized"),
            }),
            Reference = CaseReference.Elements((values, output, i) =>
            {
                var best = Find(values, output == "indices" ? i : i / width, codewords, width);
                return output == "indices" ? best : values["codebook"][(best * width) + (i % width)];
            }),
            Tolerance = Tolerance.Exact,
            Scale = scale,
            Batch = rows,
            AtBatch = scale == CaseScale.Tiny && name.Contains(" of ", StringComparison.Ordinal)
                ? batch => Nearest(name, batch, codewords, width, vectors, codebook, quantized, scale)
                : null,
        };
    }

    private static OperationCase Codebook(int rows, int codewords, int width, bool accumulate) => new()
    {
        Name = $"{rows}x{width} of {codewords}{(accumulate ? " accumulate" : "")}",
        Operands =
        [
            .. Inputs(rows, codewords, width),
            accumulate
                ? Operand.InputOutput("codebookGradient", codewords * width, Fills.Normal())
                : Operand.Output("codebookGradient", codewords * width),
        ],
        Launch = (device, operands) => QuantizationOperations.CodebookGradient.Launch(device, new CodebookGradientArguments
        {
            Rows = rows,
            Codewords = codewords,
            Width = width,
            Vectors = operands.Single("vectors"),
            Codebook = operands.Single("codebook"),
            Indices = operands.Integers("indices"),
            CodebookGradient = operands.Single("codebookGradient"),
            Scale = 0.25f,
            Accumulate = accumulate,
        }),
        Reference = CaseReference.Elements((values, output, i) =>
        {
            var sum = accumulate ? values[output][i] : 0;
            for (var row = 0; row < rows; row++)
            {
                sum += values["indices"][row] == i / width ? 0.25 * (values["codebook"][i] - values["vectors"][(row * width) + (i % width)]) : 0;
            }

            return sum;
        }),
        Gradient = accumulate
            ? null
            : new GradientCheck(CodebookLoss(rows, codewords, width), [("loss", "one")], [("codebook", "codebookGradient")]),
        Tolerance = Tolerance.Sum(1e-6),
    };

    /// <summary>Indices one outside either end contribute nothing.</summary>
    private static IReadOnlyList<Operand> Inputs(int rows, int codewords, int width) =>
    [
        Operand.Input("vectors", rows * width, Fills.Normal()),
        Operand.Input("codebook", codewords * width, Fills.Normal()),
        Operand.Integers("indices", rows, Fills.Integers(-1, codewords + 1)),
        Operand.Input("one", 1, Fills.Constant(1)),
    ];

    /// <summary>Σ quantizedGradient · z + 0.5 / 2 · |z - e|²: what the straight-through gradient is the derivative of.</summary>
    private static OperationCase CommitmentLoss(int rows, int codewords, int width) => Loss(
        rows,
        codewords,
        width,
        [Operand.Input("quantizedGradient", rows * width, Fills.Normal())],
        (values, i, difference) => (values["quantizedGradient"][i] * values["vectors"][i]) + (0.25 * difference * difference));

    /// <summary>0.25 / 2 · |e - z|².</summary>
    private static OperationCase CodebookLoss(int rows, int codewords, int width) => Loss(
        rows, codewords, width, [], (_, _, difference) => 0.125 * difference * difference);

    private static OperationCase Loss(
        int rows, int codewords, int width, IReadOnlyList<Operand> more, Func<CaseValues, int, double, double> term) => new()
        {
            Name = "loss",
            Operands = [.. Inputs(rows, codewords, width), .. more, Operand.Output("loss", 1)],
            Launch = (_, _) => throw new InvalidOperationException("A loss is a formula; nothing launches it."),
            Reference = CaseReference.Elements((values, _, _) =>
            {
                var sum = 0.0;
                for (var i = 0; i < rows * width; i++)
                {
                    var index = (int)values["indices"][i / width];
                    var isValid = index >= 0 && index < codewords;
                    sum += term(values, i, isValid ? values["vectors"][i] - values["codebook"][(index * width) + (i % width)] : 0);
                }

                return sum;
            }),
            Tolerance = Tolerance.Exact,
        };

    private static int Find(CaseValues values, int row, int codewords, int width)
    {
        var (best, smallest) = (0, double.PositiveInfinity);
        for (var codeword = 0; codeword < codewords; codeword++)
        {
            var distance = 0.0;
            for (var c = 0; c < width; c++)
            {
                var difference = values["vectors"][(row * width) + c] - values["codebook"][(codeword * width) + c];
                distance += difference * difference;
            }

            if (distance < smallest)
            {
                (best, smallest) = (codeword, distance);
            }
        }

        return best;
    }
}
