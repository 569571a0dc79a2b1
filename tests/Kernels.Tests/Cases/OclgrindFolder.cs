using System.Globalization;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>Makes oclgrind the only OpenCL driver of a child process; skips the test where it is not installed.</summary>
internal sealed class OclgrindFolder : IDisposable
{
    private readonly string path;

    public OclgrindFolder()
    {
        var library = TestEnvironment.RequireOclgrind();
        path = Directory.CreateTempSubdirectory("kerneldiff-oclgrind-").FullName;
        File.WriteAllText(Path.Combine(path, "oclgrind.icd"), library + "\n");
    }

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["OCL_ICD_VENDORS"] = path,
        ["OCLGRIND_DATA_RACES"] = "1",

        // What every GPU grants; left alone, oclgrind grants 32 KiB.
        ["OCLGRIND_LOCAL_MEM_SIZE"] = PtxFacts.GrantedSharedBytes.ToString(CultureInfo.InvariantCulture),
        ["OCLGRIND_UNINITIALIZED"] = "1",
        ["OCLGRIND_LOG"] = Path.Combine(path, "oclgrind.log"),

        // ILGPU's own probe kernel is not patched; ours are, and these definitions do not touch them.
        ["OCLGRIND_BUILD_OPTIONS"] = "-D__generic=__global -Dwork_group_barrier(x)=barrier(3)",
    };

    public void Dispose() => Directory.Delete(path, recursive: true);
}
