using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Tests.Cpu;

namespace KernelDiff.Kernels.Tests.Matmul;

[TestFixture(typeof(Float128))]
[TestFixture(typeof(Float256))]
[TestFixture(typeof(Float512))]
internal sealed unsafe class MicroKernelTests<T>
    where T : unmanaged, ISimd<T>
{
    private const int Taps = 3;

    // Two rounds of the loop's four steps, and a rest.
    private const int Depth = 11;

    private static IEnumerable<TestCaseData> Tiles()
    {
        for (var vectors = 1; vectors <= MicroKernels.WidestVectors<T>(); vectors++)
        {
            for (var rows = 1; rows <= MicroKernels.MaximumRows<T>(vectors); rows++)
            {
                yield return new TestCaseData(rows, vectors);
            }
        }
    }

    [SetUp]
    public void Require() => SimdLanes.RequireWidth<T>();

    [TestCaseSource(nameof(Tiles))]
    public void Multiply_adds_terms_in_the_order_of_taps_and_k(int rows, int vectors) =>
        AssertTermsInOrder(rows, vectors, isFar: false);

    [TestCaseSource(nameof(Tiles))]
    public void Multiply_of_a_far_operand_adds_the_same_terms(int rows, int vectors) =>
        AssertTermsInOrder(rows, vectors, isFar: true);

    private static void AssertTermsInOrder(int rows, int vectors, bool isFar)
    {
        var columns = vectors * T.Width;
        var bStride = columns + 5;
        var cStride = columns + 3;
        var random = new Random(rows + (100 * vectors));
        var a = Fill(random, rows * Taps * Depth);
        var b = Fill(random, Taps * Depth * bStride);
        var bias = Fill(random, columns);
        var before = Fill(random, rows * cStride);
        var pointers = stackalloc float*[rows * Taps];
        foreach (var (useBias, accumulate) in new[] { (false, false), (true, false), (false, true) })
        {
            var c = (float[])before.Clone();
            fixed (float* pa = a, pb = b, pc = c, pbias = bias)
            {
                for (var i = 0; i < rows * Taps; i++)
                {
                    pointers[i] = pa + (i * Depth);
                }

                MicroKernels.Select<T>(rows, vectors, isFar)(
                    pointers, Taps, Depth, pb, bStride, pc, cStride, useBias ? pbias : null, accumulate);
            }

            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < cStride; column++)
                {
                    var expected = before[(row * cStride) + column];
                    if (column < columns)
                    {
                        expected = accumulate ? expected : useBias ? bias[column] : 0;
                        for (var k = 0; k < Taps * Depth; k++)
                        {
                            expected = MultiplyAdd(a[((((k / Depth) * rows) + row) * Depth) + (k % Depth)], b[(k * bStride) + column], expected);
                        }
                    }

                    if (row == rows - 1 && column >= columns)
                    {
                        break;
                    }

                    Assert.That(c[(row * cStride) + column], Is.EqualTo(expected), $"row {row}, column {column}");
                }
            }
        }
    }

    [TestCaseSource(nameof(Tiles))]
    public void MultiplyTransposed_reads_A_down_its_columns(int rows, int vectors)
    {
        const int Offset = 4;
        var columns = vectors * T.Width;
        var aStride = Offset + rows;
        var random = new Random(rows + (100 * vectors));
        var a = Fill(random, Depth * aStride);
        var b = Fill(random, Depth * columns);
        var before = Fill(random, rows * columns);
        var pointers = stackalloc float*[Depth];
        foreach (var accumulate in new[] { false, true })
        {
            var c = (float[])before.Clone();
            fixed (float* pa = a, pb = b, pc = c)
            {
                for (var k = 0; k < Depth; k++)
                {
                    pointers[k] = pa + (k * aStride);
                }

                MicroKernels.SelectTransposed<T>(rows, vectors)(pointers, Offset, Depth, pb, columns, pc, columns, accumulate);
            }

            for (var i = 0; i < c.Length; i++)
            {
                var (row, column) = Math.DivRem(i, columns);
                var expected = accumulate ? before[i] : 0;
                for (var k = 0; k < Depth; k++)
                {
                    expected = MultiplyAdd(a[(k * aStride) + Offset + row], b[(k * columns) + column], expected);
                }

                Assert.That(c[i], Is.EqualTo(expected), $"row {row}, column {column}");
            }
        }
    }

    [Test]
    public void There_are_no_tiles_beyond_the_registers()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var vectors in new[] { 1, MicroKernels.WidestVectors<T>() })
            {
                var rows = MicroKernels.MaximumRows<T>(vectors) + 1;
                Assert.That(() => (nint)MicroKernels.Select<T>(rows, vectors), Throws.TypeOf<ArgumentOutOfRangeException>());
                Assert.That(() => (nint)MicroKernels.Select<T>(rows, vectors, isFar: true), Throws.TypeOf<ArgumentOutOfRangeException>());
            }

            Assert.That(() => (nint)MicroKernels.SelectTransposed<T>(1, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    /// <summary>One step of the chain: rounded once where the processor can, as the vectors do.</summary>
    private static float MultiplyAdd(float a, float b, float c) =>
        Fma.IsSupported || AdvSimd.IsSupported ? MathF.FusedMultiplyAdd(a, b, c) : (a * b) + c;

    private static float[] Fill(Random random, int length)
    {
        var values = new float[length];
        for (var i = 0; i < length; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        return values;
    }
}
