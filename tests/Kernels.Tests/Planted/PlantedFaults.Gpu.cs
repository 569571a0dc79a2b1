using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Tests.Planted;

/// <summary>Kernels with faults on purpose: the race detector must find each, or its silence about the others means nothing.</summary>
internal static class PlantedFaults
{
    private const int Group = 64;

    private static readonly GpuKernel<Parameters> ReverseKernel = new(Reverse);
    private static readonly GpuKernel<Parameters> RaceKernel = new(ReverseWithoutBarrier);
    private static readonly GpuKernel<Parameters> BeyondKernel = new(ReadBeyondTheEnd);
    private static readonly GpuKernel<Parameters> UninitialisedKernel = new(ReadUnwrittenShared);

    public static IReadOnlyDictionary<string, Action<GpuDevice>> All { get; } = new Dictionary<string, Action<GpuDevice>>
    {
        ["none"] = device => Launch(device, ReverseKernel),
        ["race"] = device => Launch(device, RaceKernel),
        ["invalid read"] = device => Launch(device, BeyondKernel),
        ["uninitialised"] = device => Launch(device, UninitialisedKernel),
    };

    internal static void Reverse(Parameters p)
    {
        var shared = SharedMemory.Allocate<float>(Group);
        var thread = ILGPU.Group.IdxX;
        shared[thread] = p.Input[Grid.GlobalIndex.X];
        ILGPU.Group.Barrier();
        p.Output[Grid.GlobalIndex.X] = shared[Group - 1 - thread];
    }

    internal static void ReverseWithoutBarrier(Parameters p)
    {
        var shared = SharedMemory.Allocate<float>(Group);
        var thread = ILGPU.Group.IdxX;
        shared[thread] = p.Input[Grid.GlobalIndex.X];
        p.Output[Grid.GlobalIndex.X] = shared[Group - 1 - thread];
    }

    internal static void ReadBeyondTheEnd(Parameters p) =>
        p.Output[Grid.GlobalIndex.X] = p.Input[Grid.GlobalIndex.X + p.Offset];

    internal static void ReadUnwrittenShared(Parameters p)
    {
        var shared = SharedMemory.Allocate<float>(Group);
        var thread = ILGPU.Group.IdxX;
        if (thread < Group / 2)
        {
            shared[thread] = p.Input[thread];
        }

        ILGPU.Group.Barrier();
        var value = shared[thread];
        if (value > 0.5f)
        {
            p.Output[Grid.GlobalIndex.X] = value;
        }
    }

    private static void Launch(GpuDevice device, GpuKernel<Parameters> kernel)
    {
        var input = device.Upload<float>(new float[Group]);
        var output = device.Upload<float>(new float[Group]);
        device.Launch(kernel, new Index3D(1, 1, 1), new Index3D(Group, 1, 1), new Parameters
        {
            Input = device.View(input),
            Output = device.View(output),
            Offset = 1 << 20,
        });
        device.Synchronize();
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Output;
        public int Offset;
    }
}
