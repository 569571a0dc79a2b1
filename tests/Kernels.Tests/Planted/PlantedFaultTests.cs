using KernelDiff.Kernels.Tests.Cases;

namespace KernelDiff.Kernels.Tests.Planted;

[TestFixture]
public sealed class PlantedFaultTests
{
    private OclgrindFolder? folder;
    private CaseChild? child;

    [OneTimeSetUp]
    public void PrepareChild()
    {
        folder = new OclgrindFolder();
        child = new CaseChild("planted", folder.Environment);
    }

    [OneTimeTearDown]
    public void EndChild()
    {
        child?.Dispose();
        folder?.Dispose();
    }

    [Test]
    public void A_kernel_without_a_fault_is_not_reported() => Assert.That(child!.Run("none"), Is.Null);

    [Test]
    public void A_missing_barrier_is_reported_as_a_race() => Assert.That(child!.Run("race"), Does.Contain("race"));

    [Test]
    public void A_read_past_the_end_is_reported() => Assert.That(child!.Run("invalid read"), Does.Contain("Invalid read"));

    [Test]
    public void A_read_of_unwritten_shared_memory_is_reported() =>
        Assert.That(child!.Run("uninitialised"), Does.Contain("ninitialized"));
}
