using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Tests.Cases;

namespace KernelDiff.Kernels.Tests.Matmul;

/// <summary>Images must not depend on the batch they are in, so a row must not depend on the rows around it.</summary>
[TestFixture("cpu")]
[TestFixture("opencl")]
internal sealed class MatmulRowTests(string kind)
{
    // Around the sizes at which variants change their tiles, begin to pack operands, or leave few rows to a kernel of their own.
    private const int AllRows = 83;
    private static readonly int[] PartRows = [1, 2, 3, 4, 7, 8, 9, 33, 64];

    private Device device = null!;

    [OneTimeSetUp]
    public void OpenDevice() => device = DeviceCatalog.Open(kind == "cpu" ? "cpu" : TestEnvironment.RequirePocl(), new DeviceOptions());

    [OneTimeTearDown]
    public void CloseDevice() => device?.Dispose();

    [TestCase(70, 45, false)]
    [TestCase(70, 45, true)]
    [TestCase(72, 168, false, Description = "GPUs read these in quads, and several teams add them up.")]
    public void A_row_has_the_same_bits_whatever_the_rows_around_it(int columns, int inner, bool transposeRight) =>
        CaseAssertions.ForEachVariant(device, MatmulOperations.Matmul, variant =>
        {
            var left = device.Upload<float>(Normal(AllRows * inner, 1));
            var right = device.Upload<float>(Normal(inner * columns, 2));
            var all = Multiply(left, right, AllRows, columns, inner, transposeRight);
            foreach (var rows in PartRows)
            {
                var first = AllRows - rows - 2;
                var part = Multiply(left.Slice(first * inner, rows * inner), right, rows, columns, inner, transposeRight);
                Assert.That(part, Is.EqualTo(all.AsSpan(first * columns, rows * columns).ToArray()), $"{variant}: {rows} rows");
            }

            device.Pool.Return(left.Buffer!);
            device.Pool.Return(right.Buffer!);
        });

    private float[] Multiply(DeviceSpan<float> left, DeviceSpan<float> right, int rows, int columns, int inner, bool transposeRight)
    {
        var output = device.Allocate<float>(rows * columns);
        MatmulOperations.Matmul.Launch(device, new MatmulArguments
        {
            Rows = rows,
            Columns = columns,
            Inner = inner,
            Left = left,
            Right = right,
            Output = output,
            TransposeRight = transposeRight,
        });
        var result = output.ToArray();
        device.Pool.Return(output.Buffer!);
        return result;
    }

    private static float[] Normal(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (float)(random.NextDouble() - random.NextDouble()))];
    }
}
