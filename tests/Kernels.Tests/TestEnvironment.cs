namespace KernelDiff.Kernels.Tests;

/// <summary>What this machine lets the tests do.</summary>
internal static class TestEnvironment
{
    private const string OclgrindLibrary = "/usr/lib/oclgrind/liboclgrind-rt-icd.so";

    /// <summary>Whether the long matrix is asked for: <c>.ci/run --full</c> sets KERNELDIFF_TESTS to <c>full</c>.</summary>
    public static bool IsFull => Environment.GetEnvironmentVariable("KERNELDIFF_TESTS") == "full";

    public static string RequireOclgrind()
    {
        if (!File.Exists(OclgrindLibrary))
        {
            Assert.Ignore($"oclgrind is not installed ({OclgrindLibrary} is missing).");
        }

        return OclgrindLibrary;
    }

    /// <summary>Name of the first CUDA device; skips the test where there is none.</summary>
    public static string RequireCuda()
    {
        var name = DeviceCatalog.List().FirstOrDefault(device => device.Kind == DeviceKind.Cuda && device.Unusable is null)?.Name;
        if (name is null)
        {
            Assert.Ignore("No driver shows a CUDA device; the same kernels are tested as OpenCL and on the simulator.");
        }

        return name!;
    }

    /// <summary>Name of the PoCL device; skips the test where there is none.</summary>
    public static string RequirePocl()
    {
        var name = DeviceCatalog.List().FirstOrDefault(device => device.Class == DeviceClass.OpenClCpu)?.Name;
        if (name is null)
        {
            Assert.Ignore("PoCL is not installed: no OpenCL driver shows a CPU device.");
        }

        return name!;
    }
}
