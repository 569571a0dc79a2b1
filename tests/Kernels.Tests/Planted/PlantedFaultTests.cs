using KernelDiff.Kernels.Tests.Cases;

namespace KernelDiff.Kernels.Tests.Planted;

[TestFixture]
public sealed class PlantedFaultTests
{
    private IReadOnlyDictionary<string, string?> reports = null!;
    private string folder = null!;

    [OneTimeSetUp]
    public void RunChild()
    {
        folder = Directory.CreateTempSubdirectory("kerneldiff-oclgrind-").FullName;
        reports = ChildRunner.Run("planted", [.. PlantedFaults.All.Keys], OclgrindEnvironment.Create(folder));
    }

    [OneTimeTearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_kernel_without_a_fault_is_not_reported() => Assert.That(reports["none"], Is.Null);

    [Test]
    public void A_missing_barrier_is_reported_as_a_race() => Assert.That(reports["race"], Does.Contain("race"));

    [Test]
    public void A_read_past_the_end_is_reported() => Assert.That(reports["invalid read"], Does.Contain("Invalid read"));

    [Test]
    public void A_read_of_unwritten_shared_memory_is_reported() =>
        Assert.That(reports["uninitialised"], Does.Contain("ninitialized"));
}
