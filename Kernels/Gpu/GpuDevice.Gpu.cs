using System.Diagnostics;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime;

namespace KernelDiff.Kernels.Gpu;

/// <summary>Executes ILGPU kernels on one accelerator: CUDA, OpenCL or the simulator.</summary>
public sealed class GpuDevice : Device
{
    private const int ElementwiseGroup = 256;

    private readonly Context context;
    private readonly Accelerator accelerator;
    private readonly Action<CLCompiledKernel>? patch;
    private readonly Dictionary<GpuKernel, Delegate> launchers = [];
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> absent;
    private TimeSpan compilationTime;

    internal GpuDevice(
        DeviceDescription description, DeviceOptions options, Context context, Accelerator accelerator, Action<CLCompiledKernel>? patch)
        : base(description, options)
    {
        this.context = context;
        this.accelerator = accelerator;
        this.patch = patch;
        absent = accelerator.Allocate1D<byte>(256);
    }

    internal AcceleratorStream Stream => accelerator.DefaultStream;

    /// <summary>Time from an ILGPU kernel's IL to a program that the driver has accepted.</summary>
    internal override TimeSpan CompilationTime => compilationTime;

    public override void Synchronize() => Stream.Synchronize();

    /// <summary>The view that a kernel gets for a span. An absent operand becomes one element of a dummy buffer, which no kernel reads.</summary>
    internal ArrayView<T> View<T>(DeviceSpan<T> span)
        where T : unmanaged =>
        span.IsAbsent
            ? absent.View.AsContiguous().Cast<T>().SubView(0, 1)
            : ((GpuBuffer)span.Buffer!).View.SubView(span.ByteOffset, (long)span.Length * Unsafe.SizeOf<T>()).Cast<T>();

    /// <summary>Launches an explicitly grouped kernel; compiles it first if this device has not seen it.</summary>
    /// <exception cref="DeviceException">The grid is larger than the device grants: 65535 groups along y and z on CUDA.</exception>
    internal void Launch<TParameters>(GpuKernel<TParameters> kernel, Index3D grid, Index3D group, in TParameters parameters)
        where TParameters : struct
    {
        if (grid.Size > 0)
        {
            RequireGrid(Name, kernel.Name, grid, accelerator.MaxGridSize);
            Launcher(kernel)(Stream, new KernelConfig(grid, group), parameters);
        }
    }

    /// <summary>Launches one thread per element; the kernel compares its global index with the length itself.</summary>
    internal void LaunchElementwise<TParameters>(GpuKernel<TParameters> kernel, int length, in TParameters parameters)
        where TParameters : struct
    {
        var group = Math.Min(ElementwiseGroup, Description.MaximumGroupSize);
        Launch(kernel, new Index3D((int)(((long)length + group - 1) / group), 1, 1), new Index3D(group, 1, 1), parameters);
    }

    /// <summary>Refuses a grid that a device does not grant, which would otherwise fail without naming the kernel.</summary>
    internal static void RequireGrid(string device, string kernel, Index3D grid, Index3D maximum)
    {
        if (grid.X > maximum.X || grid.Y > maximum.Y || grid.Z > maximum.Z)
        {
            throw new DeviceException(
                $"'{device}' cannot run {kernel} on a grid of {grid.X} x {grid.Y} x {grid.Z} groups: it grants at most "
                + $"{maximum.X} x {maximum.Y} x {maximum.Z}. Lower the batch size.");
        }
    }

    internal override DeviceBuffer AllocateBuffer(long byteLength)
    {
        try
        {
            return new GpuBuffer(this, accelerator.Allocate1D<byte>(byteLength));
        }
        catch (Exception exception) when (exception is AcceleratorException or OutOfMemoryException)
        {
            throw new DeviceMemoryException(
                $"'{Name}' ({Description.Hardware}) has no memory for another {byteLength / 1048576.0:F1} MiB: "
                + $"{Pool.LiveBytes / 1048576.0:F1} of {Description.MemoryBytes / 1048576.0:F0} MiB are in use. "
                + "Lower the batch size or the image size.",
                exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            absent.Dispose();
            accelerator.Dispose();
            context.Dispose();
        }
    }

    private Action<AcceleratorStream, KernelConfig, TParameters> Launcher<TParameters>(GpuKernel<TParameters> kernel)
        where TParameters : struct
    {
        if (!launchers.TryGetValue(kernel, out var launcher))
        {
            var start = Stopwatch.GetTimestamp();
            launchers[kernel] = launcher = Load(kernel).CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TParameters>>();
            compilationTime += Stopwatch.GetElapsedTime(start);
        }

        return (Action<AcceleratorStream, KernelConfig, TParameters>)launcher;
    }

    private Kernel Load(GpuKernel kernel)
    {
        try
        {
            var compiled = accelerator.GetBackend().Compile(
                EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method), default(KernelSpecialization));
            if (compiled is CLCompiledKernel openCl)
            {
                patch?.Invoke(openCl);
            }

            return accelerator.LoadKernel(compiled);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new DeviceException($"'{Name}' cannot compile the kernel {kernel.Name}: {exception.Message}", exception);
        }
    }
}
