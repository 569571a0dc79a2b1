using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>Every tiny case under oclgrind, which reports data races, uninitialised reads and invalid accesses.</summary>
[TestFixture]
public sealed class OclgrindTests
{
    private IReadOnlyDictionary<string, string?> failures = null!;
    private string folder = null!;

    [OneTimeSetUp]
    public void RunChild()
    {
        folder = Directory.CreateTempSubdirectory("kerneldiff-oclgrind-").FullName;
        failures = ChildRunner.Run(
            "opencl",
            [.. CaseSource.Tiny.Select(data => CaseSource.Key((Operation)data.Arguments[0]!, (OperationCase)data.Arguments[1]!))],
            OclgrindEnvironment.Create(folder));
    }

    [OneTimeTearDown]
    public void RemoveFolder()
    {
        if (folder is not null)
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.Tiny))]
    public void Kernels_have_no_races_and_read_nothing_uninitialised(Operation operation, OperationCase operationCase) =>
        Assert.That(failures[CaseSource.Key(operation, operationCase)], Is.Null);
}

internal static class OclgrindEnvironment
{
    /// <summary>Makes oclgrind the only OpenCL driver of a child process; skips the test where it is not installed.</summary>
    public static Dictionary<string, string> Create(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "oclgrind.icd"), TestEnvironment.RequireOclgrind() + "\n");
        return new Dictionary<string, string>
        {
            ["OCL_ICD_VENDORS"] = folder,
            ["OCLGRIND_DATA_RACES"] = "1",
            ["OCLGRIND_UNINITIALIZED"] = "1",
            ["OCLGRIND_LOG"] = Path.Combine(folder, "oclgrind.log"),

            // ILGPU's own probe kernel is not patched; ours are, and these definitions do not touch them.
            ["OCLGRIND_BUILD_OPTIONS"] = "-D__generic=__global -Dwork_group_barrier(x)=barrier(3)",
        };
    }
}
