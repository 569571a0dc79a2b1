using System.Runtime.InteropServices;
using ILGPU.Runtime.OpenCL;

namespace KernelDiff.Kernels.Gpu;

/// <summary>
/// Lets ILGPU find the OpenCL loader on Linux: it imports the library as <c>OpenCL</c>, but without a development package only the
/// versioned name <c>libOpenCL.so.1</c> exists.
/// </summary>
internal static class OpenClLibrary
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
                NativeLibrary.SetDllImportResolver(typeof(CLDevice).Assembly, (name, assembly, path) =>
                    name == "OpenCL" && NativeLibrary.TryLoad("libOpenCL.so.1", assembly, path, out var handle) ? handle : 0);
                resolved = true;
            }
        }
    }
}
