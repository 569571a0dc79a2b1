using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Pointwise;
using KernelDiff.Kernels.Tests.Cpu;

namespace KernelDiff.Kernels.Tests.Matmul;

[TestFixture(typeof(Float128))]
[TestFixture(typeof(Float256))]
[TestFixture(typeof(Float512))]
internal sealed unsafe class GemmTests<T>
    where T : unmanaged, ISimd<T>
{
    // A lone element, parts of vectors and tiles, several tiles and panels, several blocks of k, a stride that aliases in the cache.
    private static readonly (int Rows, int Columns, int Depth)[] Shapes =
        [(1, 1, 1), (3, 5, 2), (7, 17, 33), (8, 48, 16), (9, 50, 40), (1, 200, 65), (70, 33, 100), (33, 96, 1100), (20, 1024, 300)];

    [SetUp]
    public void Require() => SimdLanes.RequireWidth<T>();

    [Test]
    public void Products_agree_with_double_precision(
        [Values] bool transposeA, [Values] bool transposeB, [Values] bool epilogue)
    {
        using var device = Open(2);
        foreach (var (rows, columns, depth) in Shapes)
        {
            using var operands = new Operands(rows, columns, depth, transposeA, transposeB);
            var problem = operands.Problem();
            if (epilogue)
            {
                problem = problem with
                {
                    Alpha = 0.5f,
                    Beta = 0.25f,
                    Bias = operands.Bias,
                    Activation = Activation.Gelu,
                    Residual = operands.Residual,
                    ResidualStride = columns,
                };
            }

            operands.Check(problem, () => Gemm.Run<T>(device, problem));
        }
    }

    [TestCase(1f, 0f, false)]
    [TestCase(1f, 1f, false)]
    [TestCase(1f, 1f, true)]
    [TestCase(2f, 0f, true)]
    [TestCase(1f, 0f, true)]
    [TestCase(-1f, -0.5f, false)]
    public void Factors_and_bias_combine(float alpha, float beta, bool bias)
    {
        using var device = Open(2);
        foreach (var transposeA in new[] { false, true })
        {
            foreach (var (rows, columns, depth) in Shapes)
            {
                using var operands = new Operands(rows, columns, depth, transposeA, false);
                var problem = operands.Problem() with { Alpha = alpha, Beta = beta, Bias = bias ? operands.Bias : null };
                operands.Check(problem, () => Gemm.Run<T>(device, problem));
            }
        }
    }

    [Test]
    public void Beta_zero_does_not_read_what_C_holds()
    {
        using var device = Open(1);
        using var operands = new Operands(9, 50, 40, false, false);
        foreach (var alpha in new[] { 1f, 2f })
        {
            new Span<float>(operands.C, 9 * 50).Fill(float.NaN);
            Gemm.Run<T>(device, operands.Problem() with { Alpha = alpha });
            Assert.That(new Span<float>(operands.C, 9 * 50).ToArray(), Has.None.NaN);
        }
    }

    [Test]
    public void A_row_has_the_same_bits_whatever_the_rows_around_it_and_the_threads([Values] bool transposeA, [Values] bool transposeB)
    {
        const int Rows = 75;
        foreach (var (columns, depth) in new[] { (50, 40), (100, 1500), (1024, 300), (19, 600) })
        {
            using var operands = new Operands(Rows, columns, depth, transposeA, transposeB);
            var problem = operands.Problem() with { Bias = operands.Bias, Activation = Activation.Silu };
            using var one = Open(1);
            Gemm.Run<T>(one, problem);
            var expected = operands.ReadC();

            using var several = Open(3);
            Gemm.Run<T>(several, problem);
            Assert.That(operands.ReadC(), Is.EqualTo(expected), "three threads");

            foreach (var (first, count) in new[] { (0, 1), (74, 1), (11, 2), (30, 7), (64, 11), (3, 70) })
            {
                Gemm.Run<T>(several, problem with
                {
                    Rows = count,
                    A = problem.A + (first * (transposeA ? 1 : problem.AStride)),
                    C = operands.C + (first * columns),
                });
                Assert.That(operands.ReadC(), Is.EqualTo(expected), $"rows {first} to {first + count - 1} alone");
            }
        }
    }

    [Test]
    public void A_packed_operand_gives_the_same_bits([Values] bool transposeB)
    {
        using var device = Open(2);
        foreach (var (rows, columns, depth) in Shapes)
        {
            using var operands = new Operands(rows, columns, depth, false, transposeB);
            var problem = operands.Problem();
            Gemm.Run<T>(device, problem);
            var expected = operands.ReadC();

            var packed = device.Allocate<float>((int)Gemm.PackedLength<T>(depth, columns));
            Gemm.Pack<T>(device.Workers, problem.B, problem.BStride, transposeB, depth, columns, packed.Pointer());
            Gemm.Run<T>(device, problem with { B = null, Packed = packed.Pointer() });
            Assert.That(operands.ReadC(), Is.EqualTo(expected));
            device.Pool.Return(packed.Buffer!);
        }
    }

    [Test]
    public void A_batch_is_its_products_one_by_one([Values] bool sharedB, [Values] bool transposeB)
    {
        // Heads that lie side by side in wider rows, and 1024 columns, which are packed first.
        const int Batch = 5;
        const int Rows = 19;
        const int Depth = 24;
        const int Columns = 1024;
        using var a = new NativeFloats(Rows * Batch * Depth, 1);
        using var b = new NativeFloats(Batch * Columns * Depth, 2);
        using var c = new NativeFloats(Batch * Rows * Columns, 3);
        using var alone = new NativeFloats(Rows * Columns, 4);
        using var device = Open(2);
        var problem = new GemmProblem
        {
            Batch = Batch,
            Rows = Rows,
            Columns = Columns,
            Depth = Depth,
            A = a.Pointer,
            AStride = Batch * Depth,
            ABatchStride = Depth,
            B = b.Pointer,
            BStride = transposeB ? Depth : Columns,
            BBatchStride = sharedB ? 0 : Columns * Depth,
            TransposeB = transposeB,
            C = c.Pointer,
            CStride = Columns,
            CBatchStride = Rows * Columns,
        };
        Gemm.Run<T>(device, problem);
        for (var i = 0; i < Batch; i++)
        {
            Gemm.Run<T>(device, problem with
            {
                Batch = 1,
                A = problem.A + (i * problem.ABatchStride),
                B = problem.B + (i * problem.BBatchStride),
                C = alone.Pointer,
            });
            Assert.That(c.Span.Slice(i * Rows * Columns, Rows * Columns).ToArray(), Is.EqualTo(alone.Span.ToArray()), $"product {i}");
        }
    }

    [Test]
    public void Columns_beyond_the_output_are_left_alone()
    {
        using var device = Open(2);
        using var operands = new Operands(9, 50, 40, false, false);
        using var wide = new NativeFloats(9 * 60, 7);
        var before = wide.Span.ToArray();
        Gemm.Run<T>(device, operands.Problem());
        Gemm.Run<T>(device, operands.Problem() with { C = wide.Pointer, CStride = 60 });
        for (var i = 0; i < before.Length; i++)
        {
            var (row, column) = Math.DivRem(i, 60);
            Assert.That(wide.Span[i], Is.EqualTo(column < 50 ? operands.C[(row * 50) + column] : before[i]));
        }
    }

    private static CpuDevice Open(int threads) => new(new DeviceOptions { Threads = threads });
}
