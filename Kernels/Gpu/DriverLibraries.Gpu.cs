using System.Runtime.InteropServices;
using ILGPU;

namespace KernelDiff.Kernels.Gpu;

/// <summary>
/// Lets ILGPU find drivers on Linux: it imports them as <c>OpenCL</c> and <c>cuda</c>, but the names without a version come with
/// development packages. Drivers alone bring <c>libOpenCL.so.1</c> and <c>libcuda.so.1</c>.
/// </summary>
internal static class DriverLibraries
{
    private static readonly Lock Gate = new();
    private static bool resolved;

    /// <summary>Must run before the first ILGPU context is created. Later calls do nothing.</summary>
    public static void EnsureResolvable()
    {
        lock (Gate)
        {
            if (!resolved)
            {
                NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, (name, assembly, path) =>
                    VersionedName(name) is { } versioned && NativeLibrary.TryLoad(versioned, assembly, path, out var handle) ? handle : 0);
                resolved = true;
            }
        }
    }

    private static string? VersionedName(string name) => OperatingSystem.IsLinux()
        ? name switch
        {
            "OpenCL" => "libOpenCL.so.1",
            "cuda" => "libcuda.so.1",
            _ => null,
        }
        : null;
}
