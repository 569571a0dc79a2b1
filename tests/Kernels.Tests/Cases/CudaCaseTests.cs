namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>Every case as PTX, where there is a CUDA device. Elsewhere the same kernels run as OpenCL C and on the simulator.</summary>
[TestFixture]
public sealed class CudaCaseTests
{
    [Test]
    public void Every_case_agrees_with_its_reference_and_gradient_and_in_any_batch()
    {
        using var device = DeviceCatalog.Open(TestEnvironment.RequireCuda(), new DeviceOptions { Memory = MemoryMode.Guarded });
        var (checks, failures) = CaseSweep.Run(device);
        Assert.That(checks, Is.GreaterThan(1000));
        Assert.That(failures, Is.Empty);
    }
}
