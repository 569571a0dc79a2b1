using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Embedding;

internal static class EmbeddingCases
{
    private static readonly (int Rows, int Entries, int Width)[] Sizes = [(1, 1, 1), (7, 5, 3), (70, 4, 67), (3, 40, 16)];

    public static IEnumerable<OperationCase> Lookup()
    {
        foreach (var (rows, entries, width) in Sizes)
        {
            yield return Lookup(rows, entries, width, CaseScale.Tiny);
        }

        yield return Lookup(4096, 8192, 256, CaseScale.Benchmark);
    }

    public static IEnumerable<OperationCase> Backward()
    {
        foreach (var (rows, entries, width) in Sizes)
        {
            yield return Backward(rows, entries, width, accumulate: false);
        }

        yield return Backward(7, 5, 3, accumulate: true);
    }

    public static IEnumerable<OperationCase> Timestep()
    {
        // The rounding of an angle of up to 1000 is 3e-5, and so is that of its sine.
        foreach (var (rows, width, fill, tolerance) in new[]
        {
            (1, 2, Fills.Constant(0), 1e-6),
            (3, 224, Fills.Integers(0, 1000), 1.5e-4),
            (5, 33, Fills.Uniform(0, 999), 1.5e-4),
            (4, 64, Fills.Uniform(0, 1), 1e-6),
        })
        {
            yield return Timestep(rows, width, fill, tolerance, CaseScale.Tiny);
        }

        yield return Timestep(64, 224, Fills.Integers(0, 1000), 1.5e-4, CaseScale.Benchmark);
    }

    private static OperationCase Lookup(int rows, int entries, int width, CaseScale scale) => new()
    {
        Name = $"{rows} of {entries}x{width}",
        Operands =
        [
            // One outside either end: zeros.
            Operand.Integers("indices", rows, Fills.Integers(-1, entries + 1)),
            Operand.Input("table", entries * width, Fills.Normal()),
            Operand.Output("output", rows * width),
        ],
        Launch = (device, operands) => EmbeddingOperations.Embedding.Launch(device, new EmbeddingArguments
        {
            Rows = rows,
            Entries = entries,
            Width = width,
            Indices = operands.Integers("indices"),
            Table = operands.Single("table"),
            Output = operands.Single("output"),
        }),
        Reference = CaseReference.Elements((values, _, i) =>
        {
            var index = (int)values["indices"][i / width];
            return index >= 0 && index < entries ? values["table"][(index * width) + (i % width)] : 0;
        }),
        Tolerance = Tolerance.Exact,
        Scale = scale,
    };

    private static OperationCase Backward(int rows, int entries, int width, bool accumulate)
    {
        var check = new GradientCheck(
            Lookup(rows, entries, width, CaseScale.Tiny), [("output", "outputGradient")], [("table", "tableGradient")]);
        return new OperationCase
        {
            Name = $"{rows} of {entries}x{width}{(accumulate ? " accumulate" : "")}",
            Operands =
            [
                Operand.Integers("indices", rows, Fills.Integers(-1, entries + 1)),
                Operand.Input("table", entries * width, Fills.Normal()),
                Operand.Input("outputGradient", rows * width, Fills.Normal()),
                accumulate
                    ? Operand.InputOutput("tableGradient", entries * width, Fills.Constant(2))
                    : Operand.Output("tableGradient", entries * width),
            ],
            Launch = (device, operands) => EmbeddingOperations.EmbeddingBackward.Launch(device, new EmbeddingBackwardArguments
            {
                Rows = rows,
                Entries = entries,
                Width = width,
                Indices = operands.Integers("indices"),
                OutputGradient = operands.Single("outputGradient"),
                TableGradient = operands.Single("tableGradient"),
                Accumulate = accumulate,
            }),
            Reference = CaseReference.Whole(values =>
            {
                var gradient = values["tableGradient"];
                for (var i = 0; i < rows * width; i++)
                {
                    var index = (int)values["indices"][i / width];
                    if (index >= 0 && index < entries)
                    {
                        gradient[(index * width) + (i % width)] += values["outputGradient"][i];
                    }
                }
            }),
            Gradient = accumulate ? null : check,
            Tolerance = Tolerance.Sum(1e-6),
        };
    }

    private static OperationCase Timestep(int rows, int width, Fill fill, double tolerance, CaseScale scale) => new()
    {
        Name = $"{rows}x{width}",
        Operands = [Operand.Input("timesteps", rows, fill).ForEachImage(), Operand.Output("output", rows * width).ForEachImage()],
        Launch = (device, operands) => EmbeddingOperations.TimestepEmbedding.Launch(device, new TimestepEmbeddingArguments
        {
            Rows = rows,
            Width = width,
            Timesteps = operands.Single("timesteps"),
            Output = operands.Single("output"),
        }),
        Reference = CaseReference.Elements((values, _, i) =>
        {
            var (row, column, half) = (i / width, i % width, width / 2);
            if (column >= 2 * half)
            {
                return 0;
            }

            var angle = values["timesteps"][row] * Math.Exp(-Math.Log(10000) * (column % half) / half);
            return column < half ? Math.Cos(angle) : Math.Sin(angle);
        }),
        Tolerance = Tolerance.Element(0, tolerance),
        Scale = scale,
        Batch = rows,
        AtBatch = scale == CaseScale.Tiny ? batch => Timestep(batch, width, fill, tolerance, scale) : null,
    };
}
