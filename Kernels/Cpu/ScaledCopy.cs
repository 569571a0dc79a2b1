using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Cpu;

/// <summary>destination[i] = 0.5 · source[i] on all threads: as little arithmetic and as much traffic as a kernel can have.</summary>
internal static unsafe class ScaledCopy
{
    /// <summary>Source and destination have the same length and may be the same span.</summary>
    public static void Run(CpuDevice device, DeviceSpan<float> source, DeviceSpan<float> destination)
    {
        switch (device.Width)
        {
            case SimdWidth.Vector512:
                Run<Float512>(device, source, destination);
                break;
            case SimdWidth.Vector256:
                Run<Float256>(device, source, destination);
                break;
            default:
                Run<Float128>(device, source, destination);
                break;
        }
    }

    private static void Run<T>(CpuDevice device, DeviceSpan<float> source, DeviceSpan<float> destination)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(source.Length, Elementwise.Grain, new Body<T>(source.Pointer(), destination.Pointer()));

    private readonly struct Body<T>(float* source, float* destination) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var factor = T.Create(0.5f);
            var i = start;
            for (; i <= end - (4 * T.Width); i += 4 * T.Width)
            {
                T.Store(factor * T.Load(source + i), destination + i);
                T.Store(factor * T.Load(source + i + T.Width), destination + i + T.Width);
                T.Store(factor * T.Load(source + i + (2 * T.Width)), destination + i + (2 * T.Width));
                T.Store(factor * T.Load(source + i + (3 * T.Width)), destination + i + (3 * T.Width));
            }

            for (; i < end; i++)
            {
                destination[i] = 0.5f * source[i];
            }
        }
    }
}
