using KernelDiff.Kernels.Attention;
using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Tests.Cases;

namespace KernelDiff.Kernels.Tests.Gpu;

/// <summary>Kernels for GPUs read operands in quads where they can, and then compute the same.</summary>
[TestFixture]
internal sealed class QuadTests
{
    private const string Variant = "shared";

    private Device device = null!;

    [OneTimeSetUp]
    public void OpenDevice() => device = DeviceCatalog.Open(TestEnvironment.RequirePocl(), new DeviceOptions());

    [OneTimeTearDown]
    public void CloseDevice() => device?.Dispose();

    public static IEnumerable<TestCaseData> Cases =>
        from operation in new Operation[]
        {
            MatmulOperations.Matmul,
            ConvolutionOperations.Convolution,
            ConvolutionOperations.ConvolutionInputGradient,
            ConvolutionOperations.ConvolutionWeightGradient,
            AttentionOperations.Attention,
            AttentionOperations.AttentionBackward,
        }
        from operationCase in operation.Cases
        where operationCase.Scale == CaseScale.Tiny
        select new TestCaseData(operation, operationCase).SetArgDisplayNames(operation.Name, operationCase.Name);

    [TestCaseSource(nameof(Cases))]
    public void Operands_that_begin_between_quads_give_the_same_bits(Operation operation, OperationCase operationCase)
    {
        device.ForceVariant(operation.Name, Variant);
        using var aligned = new CaseRun(device, operationCase);
        aligned.Launch();
        using var shifted = new CaseRun(device, operationCase, aligned.Values, offset: 1);
        shifted.Launch();
        CaseAssertions.SameBits(operationCase, aligned, shifted);
    }

    [Test]
    public void Operands_have_quads_if_they_begin_at_one_and_so_do_their_rows()
    {
        var span = device.Allocate<float>(64);
        Assert.Multiple(() =>
        {
            Assert.That(QuadAlignment.Holds(span, 8, 0, 20), Is.True);
            Assert.That(QuadAlignment.Holds(span.Slice(4, 8), 8), Is.True);
            Assert.That(QuadAlignment.Holds(span.Slice(2, 8), 8), Is.False);
            Assert.That(QuadAlignment.Holds(span, 8, 6), Is.False);
        });
    }

    [TestCase(16, 12, false, false, ExpectedResult = true)]
    [TestCase(12, 12, false, false, ExpectedResult = false, Description = "A slice of steps is partly outside.")]
    [TestCase(16, 10, false, false, ExpectedResult = false, Description = "A quad of columns is partly outside.")]
    [TestCase(16, 10, false, true, ExpectedResult = true, Description = "Columns are not consecutive.")]
    [TestCase(13, 12, true, false, ExpectedResult = true, Description = "Steps are not consecutive.")]
    public bool A_product_has_quads_if_no_slice_is_partly_outside(int inner, int columns, bool transposeLeft, bool transposeRight)
    {
        const int Rows = 8;
        var arguments = new MatmulArguments
        {
            Rows = Rows,
            Columns = columns,
            Inner = inner,
            Left = device.Allocate<float>(Rows * inner),
            Right = device.Allocate<float>(inner * columns),
            Output = device.Allocate<float>(Rows * columns),
            TransposeLeft = transposeLeft,
            TransposeRight = transposeRight,
        };
        return QuadAlignment.Holds(arguments, inner);
    }
}
