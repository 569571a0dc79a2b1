using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Tests.Matmul;

/// <summary>The matrices of one product, and what it should be.</summary>
internal sealed unsafe class Operands(int rows, int columns, int depth, bool transposeA, bool transposeB) : IDisposable
{
    private readonly NativeFloats a = new(rows * depth, 1);
    private readonly NativeFloats b = new(depth * columns, 2);
    private readonly NativeFloats c = new(rows * columns, 3);
    private readonly NativeFloats bias = new(columns, 4);
    private readonly NativeFloats residual = new(rows * columns, 5);

    public float* C => c.Pointer;

    public float* Bias => bias.Pointer;

    public float* Residual => residual.Pointer;

    public GemmProblem Problem() => new()
    {
        Rows = rows,
        Columns = columns,
        Depth = depth,
        A = a.Pointer,
        AStride = transposeA ? rows : depth,
        TransposeA = transposeA,
        B = b.Pointer,
        BStride = transposeB ? depth : columns,
        TransposeB = transposeB,
        C = c.Pointer,
        CStride = columns,
    };

    public float[] ReadC() => c.Span.ToArray();

    /// <summary>Runs the product and compares every element with double precision.</summary>
    public void Check(in GemmProblem problem, Action run)
    {
        var before = ReadC();
        run();
        var found = ReadC();

        // The partial sums of n random terms reach about sqrt(n) / 4, and sqrt(n) of their roundings add up: n / 4 half units in the
        // last place, typically; a wrong or missing term is off by about 1/10. The last step of the epilogue rounds too.
        var allowed = 6e-8 * (4 + (depth / 2.0)) * Math.Max(1, Math.Abs(problem.Alpha));
        for (var i = 0; i < found.Length; i++)
        {
            var (row, column) = Math.DivRem(i, columns);
            var expected = Expected(problem, row, column, before[i]);
            if (!(Math.Abs(found[i] - expected) <= allowed))
            {
                Assert.Fail($"{rows}x{columns}x{depth}: C[{row}, {column}] is {found[i]}, should be {expected}");
            }
        }
    }

    public void Dispose()
    {
        a.Dispose();
        b.Dispose();
        c.Dispose();
        bias.Dispose();
        residual.Dispose();
    }

    private double Expected(in GemmProblem problem, int row, int column, float before)
    {
        double sum = 0;
        for (var k = 0; k < depth; k++)
        {
            var left = a.Pointer[transposeA ? (k * rows) + row : (row * depth) + k];
            var right = b.Pointer[transposeB ? (column * depth) + k : (k * columns) + column];
            sum += (double)left * right;
        }

        var value = (problem.Alpha * sum) + (problem.Beta * before) + (problem.Bias == null ? 0 : bias.Pointer[column]);
        value = problem.Activation switch
        {
            Activation.Silu => value / (1 + Math.Exp(-value)),
            Activation.Gelu => value * ReferenceMath.NormalDistribution(value),
            _ => value,
        };
        return value + (problem.Residual == null ? 0 : residual.Pointer[(row * columns) + column]);
    }
}
