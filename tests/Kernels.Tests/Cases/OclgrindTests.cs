using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>Every tiny case under oclgrind, which reports data races, uninitialised reads and invalid accesses.</summary>
[TestFixture]
public sealed class OclgrindTests
{
    private OclgrindFolder? folder;
    private CaseChild? child;

    [OneTimeSetUp]
    public void PrepareChild()
    {
        folder = new OclgrindFolder();
        child = new CaseChild("opencl", folder.Environment);
    }

    [OneTimeTearDown]
    public void EndChild()
    {
        child?.Dispose();
        folder?.Dispose();
    }

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.Simulated))]
    public void Kernels_have_no_races_and_read_nothing_uninitialised(Operation operation, OperationCase operationCase) =>
        Assert.That(child!.Run(CaseSource.Key(operation, operationCase)), Is.Null);
}
