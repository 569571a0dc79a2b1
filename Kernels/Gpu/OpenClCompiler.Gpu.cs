using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace KernelDiff.Kernels.Gpu;

/// <summary>Generates the OpenCL C of kernels without a driver or a device, as a device without generic pointers gets it.</summary>
public sealed class OpenClCompiler : IDisposable
{
    private readonly CLCapabilityContext capabilities = OpenClCompatibility.PortableCapabilities();
    private Context context = IlgpuDevices.CreateContext(_ => { });

    /// <summary>The OpenCL C of a kernel, patched as it is before a driver gets it.</summary>
    /// <exception cref="DeviceException">ILGPU cannot compile the kernel; the message names it.</exception>
    public string Compile(GpuKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        try
        {
            using var backend = new CLBackend(context, capabilities, CLDeviceVendor.Other, new CLCVersion(2, 0));
            var compiled = backend.Compile(
                EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method), default(KernelSpecialization));
            return OpenClCompatibility.Patch(
                ((CLCompiledKernel)compiled).Source, claimedGenericAddressSpace: true, clangContract: false);
        }
        catch (Exception exception)
        {
            // A kernel that fails in ILGPU's front end spoils its context for every later one.
            context.Dispose();
            context = IlgpuDevices.CreateContext(_ => { });
            throw new DeviceException($"{kernel.Name} does not compile to OpenCL C: {exception.Message}", exception);
        }
    }

    public void Dispose() => context.Dispose();
}
