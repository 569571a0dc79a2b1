using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace KernelDiff.Kernels.Gpu;

/// <summary>Compiles kernels to PTX without a driver or a GPU.</summary>
public sealed class PtxCompiler : IDisposable
{
    private readonly CudaArchitecture architecture;
    private Context context;

    /// <param name="architecture">Compute capability without the dot: 70, 80, 90.</param>
    public PtxCompiler(int architecture)
    {
        this.architecture = new CudaArchitecture(architecture / 10, architecture % 10);
        context = IlgpuDevices.CreateContext(_ => { });
    }

    /// <summary>The PTX assembly of a kernel.</summary>
    /// <exception cref="DeviceException">ILGPU cannot compile the kernel; the message names it.</exception>
    public string Compile(GpuKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        try
        {
            using var backend = new PTXBackend(
                context, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_80, null);
            var compiled = backend.Compile(
                EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method), default(KernelSpecialization));
            return ((PTXCompiledKernel)compiled).PTXAssembly;
        }
        catch (Exception exception)
        {
            // A kernel that fails in ILGPU's front end spoils its context for every later one.
            context.Dispose();
            context = IlgpuDevices.CreateContext(_ => { });
            throw new DeviceException($"{kernel.Name} does not compile to PTX: {exception.Message}", exception);
        }
    }

    public void Dispose() => context.Dispose();
}
