using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Matmul;

/// <summary>Shapes around every edge of the tiles (4, 32, 64), every layout and every part of the epilogue.</summary>
internal static class MatmulCases
{
    public static IEnumerable<OperationCase> All()
    {
        foreach (var problem in Tiny().Concat(Small()).Concat(Benchmarks()))
        {
            yield return Create(problem);
        }
    }

    private static IEnumerable<Problem> Tiny()
    {
        yield return new Problem(1, 1, 1);
        yield return new Problem(5, 7, 3);
        yield return new Problem(4, 32, 8);
        yield return new Problem(7, 64, 17);
        yield return new Problem(3, 67, 9) { TransposeRight = true };
        yield return new Problem(9, 33, 10) { TransposeLeft = true };
        yield return new Problem(67, 6, 11);
        yield return new Problem(66, 70, 5) { TransposeLeft = true };
        yield return new Problem(65, 66, 9) { TransposeRight = true };
        yield return new Problem(2, 35, 20) { Bias = true };
        yield return new Problem(5, 9, 6) { Activation = Activation.Silu, Bias = true };
        yield return new Problem(5, 34, 6) { Activation = Activation.Gelu };
        yield return new Problem(6, 10, 7) { Residual = true };
        yield return new Problem(6, 65, 7) { Alpha = -0.5f, Beta = 0.25f, Bias = true, Activation = Activation.Silu, Residual = true };
        yield return new Problem(6, 11, 7)
        {
            Tag = "strided",
            LeftStride = 9,
            RightStride = 13,
            OutputStride = 12,
            ResidualStride = 14,
            Residual = true,
            Beta = 1,
        };
        yield return new Problem(5, 8, 6) { Batch = 3, PerImageRight = true, Beta = -1, Residual = true };
        yield return new Problem(3, 5, 4) { Batch = 2, TransposeRight = true, Bias = true, Activation = Activation.Gelu };
        yield return new Problem(4, 6, 3) { Batch = 2, TransposeLeft = true, PerImageRight = true };

        // Operands that GPUs read in quads; sums deep enough for several teams, the last of which runs out of steps.
        yield return new Problem(67, 12, 16);
        yield return new Problem(5, 6, 16) { TransposeRight = true };
        yield return new Problem(12, 20, 11) { TransposeLeft = true };
        yield return new Problem(5, 12, 136);
        yield return new Problem(6, 5, 136) { TransposeRight = true };
        yield return new Problem(8, 12, 133) { TransposeLeft = true };
        yield return new Problem(3, 5, 131);

        // Few rows, deep and in quads.
        yield return new Problem(1, 36, 136) { Bias = true };
        yield return new Problem(8, 32, 160) { Batch = 2, PerImageRight = true, Residual = true, Activation = Activation.Silu };

        // Scores of two heads of width 4 from a fused projection [tokens][q q k k v v]: rows 24 apart, heads 4 apart.
        yield return new Problem(7, 7, 4)
        {
            Tag = "heads",
            Batch = 2,
            TransposeRight = true,
            PerImageRight = true,
            LeftStride = 24,
            RightStride = 24,
            LeftBatchStride = 4,
            RightBatchStride = 4,
            RightOffset = 8,
            Alpha = 0.5f,
        };

        // Heads written side by side into the rows of one tensor.
        yield return new Problem(5, 4, 7)
        {
            Tag = "heads side by side",
            Batch = 3,
            PerImageRight = true,
            OutputStride = 13,
            OutputBatchStride = 4,
        };
    }

    private static IEnumerable<Problem> Small()
    {
        yield return new Problem(130, 200, 300) { Scale = CaseScale.Small };
        yield return new Problem(129, 97, 65) { TransposeRight = true, Residual = true, Scale = CaseScale.Small };
        yield return new Problem(33, 257, 100) { TransposeLeft = true, Scale = CaseScale.Small };
        yield return new Problem(1, 899, 224) { Bias = true, Activation = Activation.Silu, Scale = CaseScale.Small };
        yield return new Problem(77, 224, 224) { Batch = 2, Activation = Activation.Gelu, Scale = CaseScale.Small };

        // Long sums are cut into parts: two, and the most that there are.
        yield return new Problem(21, 24, 2047)
        {
            TransposeLeft = true,
            Batch = 2,
            PerImageRight = true,
            Bias = true,
            Alpha = 0.5f,
            Beta = 2,
            Residual = true,
            Scale = CaseScale.Small,
        };
        yield return new Problem(10, 40, 9001) { TransposeLeft = true, Scale = CaseScale.Small };
        yield return new Problem(19, 55, 13001) { TransposeLeft = true, Bias = true, Beta = 1, Residual = true, Scale = CaseScale.Small };
        yield return new Problem(13, 70, 8193) { Batch = 2, Scale = CaseScale.Small };
        yield return new Problem(9, 21, 12289) { TransposeRight = true, Activation = Activation.Gelu, Scale = CaseScale.Small };
    }

    private static IEnumerable<Problem> Benchmarks()
    {
        foreach (var (rows, columns, inner) in new[]
        {
            (1024, 1024, 1024), (4096, 224, 224), (1024, 448, 448), (256, 672, 672), (64, 896, 896), (1024, 3584, 448), (1, 896, 224),
        })
        {
            yield return new Problem(rows, columns, inner) { Scale = CaseScale.Benchmark };
        }

        yield return new Problem(4096, 224, 224)
        {
            Bias = true,
            Activation = Activation.Silu,
            Residual = true,
            Scale = CaseScale.Benchmark,
        };
        yield return new Problem(4096, 224, 224) { TransposeRight = true, Scale = CaseScale.Benchmark };
        yield return new Problem(224, 224, 32768) { TransposeLeft = true, Scale = CaseScale.Benchmark };
    }

    private static OperationCase Create(Problem problem) => new()
    {
        Name = problem.Name,
        Operands = Operands(problem),
        Launch = (device, operands) => MatmulOperations.Matmul.Launch(device, problem.Arguments(operands)),
        Reference = CaseReference.Elements((values, _, index) => Element(problem, values, index)),
        Tolerance = Tolerance.Sum(problem.Inner > 1000 ? 4e-6 : 2e-6),
        Scale = problem.Scale,
        Batch = problem.Batch,
        AtBatch = problem is { Batch: > 1, Tag: "" } ? batch => Create(problem with { Batch = batch }) : null,
    };

    private static List<Operand> Operands(Problem problem)
    {
        var output = problem.HasGaps || problem.Beta != 0
            ? Operand.InputOutput("output", problem.OutputLength, Fills.Normal())
            : Operand.Output("output", problem.OutputLength);
        var operands = new List<Operand>
        {
            Operand.Input("left", problem.LeftLength, Fills.Normal()).ForEachImage(),
            Operand.Input("right", problem.RightLength, Fills.Normal()) with { PerImage = problem.PerImageRight },
            output.ForEachImage(),
        };
        if (problem.Bias)
        {
            operands.Add(Operand.Input("bias", problem.Columns, Fills.Normal()));
        }

        if (problem.Residual)
        {
            operands.Add(Operand.Input("residual", problem.ResidualLength, Fills.Normal()).ForEachImage());
        }

        return operands;
    }

    private static double Element(Problem problem, CaseValues values, int index)
    {
        if (!problem.TryLocate(index, out var batch, out var row, out var column))
        {
            return values["output"][index];
        }

        var (left, right) = (values["left"], values["right"]);
        var sum = 0.0;
        for (var k = 0; k < problem.Inner; k++)
        {
            var a = (batch * problem.LeftBatch)
                + (problem.TransposeLeft ? (k * problem.LeftRow) + row : (row * problem.LeftRow) + k);
            var b = problem.RightOffset + (batch * problem.RightBatch)
                + (problem.TransposeRight ? (column * problem.RightRow) + k : (k * problem.RightRow) + column);
            sum += left[a] * right[b];
        }

        var value = (problem.Alpha * sum) + (problem.Beta == 0 ? 0 : problem.Beta * values["output"][index]);
        value += values.Optional("bias")?[column] ?? 0;
        value = problem.Activation switch
        {
            Activation.Silu => value / (1 + Math.Exp(-value)),
            Activation.Gelu => value * ReferenceMath.NormalDistribution(value),
            _ => value,
        };
        return value + (values.Optional("residual")?[(batch * problem.ResidualBatch) + (row * problem.ResidualRow) + column] ?? 0);
    }

    /// <summary>The sizes and options of a case. A stride of 0 means that nothing lies between.</summary>
    private sealed record Problem(int Rows, int Columns, int Inner)
    {
        public string Tag { get; init; } = "";

        public int Batch { get; init; } = 1;

        public bool TransposeLeft { get; init; }

        public bool TransposeRight { get; init; }

        public bool PerImageRight { get; init; }

        public int LeftStride { get; init; }

        public int RightStride { get; init; }

        public int OutputStride { get; init; }

        public int ResidualStride { get; init; }

        public int LeftBatchStride { get; init; }

        public int RightBatchStride { get; init; }

        public int OutputBatchStride { get; init; }

        public int RightOffset { get; init; }

        public float Alpha { get; init; } = 1;

        public float Beta { get; init; }

        public bool Bias { get; init; }

        public Activation Activation { get; init; }

        public bool Residual { get; init; }

        public CaseScale Scale { get; init; }

        public string Name =>
            $"{(TransposeLeft ? "tn" : TransposeRight ? "nt" : "nn")} {(Batch > 1 ? $"{Batch}x" : "")}{Rows}x{Columns}x{Inner}"
            + $"{(Alpha != 1 ? " alpha" : "")}{(Beta != 0 ? " beta" : "")}{(Bias ? " bias" : "")}"
            + $"{(Activation == Activation.None ? "" : Activation == Activation.Silu ? " silu" : " gelu")}{(Residual ? " residual" : "")}"
            + (Tag.Length == 0 ? "" : $" {Tag}");

        public int LeftRow => LeftStride != 0 ? LeftStride : TransposeLeft ? Rows : Inner;

        public int RightRow => RightStride != 0 ? RightStride : TransposeRight ? Inner : Columns;

        public int OutputRow => OutputStride != 0 ? OutputStride : Columns;

        public int ResidualRow => ResidualStride != 0 ? ResidualStride : Columns;

        public int LeftBatch => LeftBatchStride != 0 ? LeftBatchStride : LeftRow * (TransposeLeft ? Inner : Rows);

        public int RightBatch =>
            !PerImageRight ? 0 : RightBatchStride != 0 ? RightBatchStride : RightRow * (TransposeRight ? Columns : Inner);

        public int OutputBatch => OutputBatchStride != 0 ? OutputBatchStride : OutputRow * Rows;

        public int ResidualBatch => ResidualRow * Rows;

        public int LeftLength => LeftBatchStride != 0 ? LeftRow * Rows : LeftBatch * Batch;

        public int RightLength => RightBatchStride != 0 ? RightRow * Columns
            : RightRow * (TransposeRight ? Columns : Inner) * (PerImageRight ? Batch : 1);

        public int OutputLength => OutputBatchStride != 0 ? OutputRow * Rows : OutputBatch * Batch;

        public int ResidualLength => ResidualBatch * Batch;

        /// <summary>Whether the output has elements that do not belong to the product and must stay as they are.</summary>
        public bool HasGaps => OutputRow != Columns;

        public bool TryLocate(int index, out int batch, out int row, out int column)
        {
            if (OutputBatchStride != 0)
            {
                row = index / OutputRow;
                batch = index % OutputRow / OutputBatchStride;
                column = index % OutputRow % OutputBatchStride;
            }
            else
            {
                batch = index / OutputBatch;
                row = index % OutputBatch / OutputRow;
                column = index % OutputRow;
            }

            return batch < Batch && column < Columns;
        }

        public MatmulArguments Arguments(CaseOperands operands) => new()
        {
            Batch = Batch,
            Rows = Rows,
            Columns = Columns,
            Inner = Inner,
            Left = operands.Single("left"),
            Right = operands.Single("right").Slice(RightOffset, RightLength - RightOffset),
            Output = operands.Single("output"),
            Bias = operands.Single("bias"),
            Residual = operands.Single("residual"),
            TransposeLeft = TransposeLeft,
            TransposeRight = TransposeRight,
            LeftStride = LeftStride,
            RightStride = RightStride,
            OutputStride = OutputStride,
            ResidualStride = ResidualStride,
            LeftBatchStride = LeftBatch,
            RightBatchStride = RightBatch,
            OutputBatchStride = OutputBatch,
            ResidualBatchStride = ResidualBatch,
            Alpha = Alpha,
            Beta = Beta,
            Activation = Activation,
        };
    }
}
