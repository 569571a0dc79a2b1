using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>Every case as OpenCL C through PoCL.</summary>
[TestFixture]
public sealed class OpenClCaseTests
{
    private Device device = null!;

    [OneTimeSetUp]
    public void OpenDevice() =>
        device = DeviceCatalog.Open(TestEnvironment.RequirePocl(), new DeviceOptions { Memory = MemoryMode.Guarded });

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
}
