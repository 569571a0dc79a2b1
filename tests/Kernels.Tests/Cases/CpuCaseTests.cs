using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>Every case on the <c>cpu</c> device, once per vector width that this processor has.</summary>
[TestFixture(SimdWidth.Vector128)]
[TestFixture(SimdWidth.Vector256)]
[TestFixture(SimdWidth.Vector512)]
public sealed class CpuCaseTests(SimdWidth width)
{
    private CpuDevice device = null!;

    [OneTimeSetUp]
    public void OpenDevice()
    {
        if (!SimdSupport.IsSupported(width))
        {
            Assert.Ignore($"This processor has no {width}.");
        }

        device = new CpuDevice(new DeviceOptions { SimdWidth = width, Memory = MemoryMode.Guarded, Threads = 2 });
    }

    [OneTimeTearDown]
    public void CloseDevice() => device?.Dispose();

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.All))]
    public void Values_agree_with_the_double_precision_reference(Operation operation, OperationCase operationCase) =>
        CaseAssertions.ValuesAgree(device, operation, operationCase);

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.WithGradient))]
    public void Gradients_agree_with_finite_differences(Operation operation, OperationCase operationCase) =>
        CaseAssertions.GradientsAgree(device, operation, operationCase);

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.WithBatch))]
    public void An_image_has_the_same_bits_alone_and_in_a_batch(Operation operation, OperationCase operationCase) =>
        CaseAssertions.BatchIndependent(device, operation, operationCase);

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.All))]
    public void Any_number_of_threads_gives_the_same_bits(Operation operation, OperationCase operationCase)
    {
        CaseAssertions.SkipUnlessSupported(device, operation);
        using var alone = new CpuDevice(new DeviceOptions { SimdWidth = width, Threads = 1 });
        using var three = new CpuDevice(new DeviceOptions { SimdWidth = width, Threads = 3 });
        CaseAssertions.ForEachVariant(alone, operation, variant =>
        {
            three.ForceVariant(operation.Name, variant);
            using var first = new CaseRun(alone, operationCase);
            using var second = new CaseRun(three, operationCase);
            first.Launch();
            second.Launch();
            CaseAssertions.SameBits(operationCase, first, second);
        });
    }
}
