using System.Diagnostics;
using System.Numerics;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Measurement;

/// <summary>
/// The ceilings of a device, measured when first asked for: multiply-adds in registers, and a scaled copy between two halves of a
/// working set. The best of several runs counts, because a ceiling is what nothing disturbed.
/// </summary>
public sealed class DevicePeak : IDisposable
{
    private const int Trials = 12;
    private const long SmallestWorkingSet = 1L << 18;
    private static readonly TimeSpan ShortestTrial = TimeSpan.FromMilliseconds(2);

    private readonly Device device;
    private readonly Dictionary<long, double> bandwidths = [];
    private double floatingPointOperationsPerSecond;
    private DeviceSpan<float> flushed;

    /// <exception cref="NotSupportedException">The device is the simulator, whose times say nothing about any hardware.</exception>
    public DevicePeak(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.Kind == DeviceKind.Simulator)
        {
            throw new NotSupportedException("The simulator's times say nothing about any hardware.");
        }

        this.device = device;
    }

    /// <summary>fp32 additions and multiplications per second, a multiply-add counted as two.</summary>
    public double FloatingPointOperationsPerSecond => floatingPointOperationsPerSecond > 0
        ? floatingPointOperationsPerSecond
        : floatingPointOperationsPerSecond = MeasureArithmetic();

    /// <summary>Bytes read and written per second by a scaled copy, half of each.</summary>
    /// <param name="workingSet">Bytes that are touched; rounded up to a power of two, and to what no cache holds at most.</param>
    /// <exception cref="DeviceMemoryException">The device has no memory for it.</exception>
    public double BytesPerSecond(long workingSet)
    {
        var bytes = Bucket(workingSet);
        if (!bandwidths.TryGetValue(bytes, out var bandwidth))
        {
            bandwidths[bytes] = bandwidth = MeasureBandwidth(bytes);
        }

        return bandwidth;
    }

    /// <summary>Bytes per second of a working set that no cache holds.</summary>
    /// <exception cref="DeviceMemoryException">The device has no memory for it.</exception>
    public double MemoryBytesPerSecond => BytesPerSecond(long.MaxValue);

    /// <summary>
    /// Measures once more and keeps the better figures. Called between measurements on a machine that others use too, so that the
    /// ceiling is not one of a moment when it was busy.
    /// </summary>
    /// <param name="workingSet">Bytes of the working set whose bandwidth is measured.</param>
    /// <exception cref="DeviceMemoryException">The device has no memory for it.</exception>
    public void Refresh(long workingSet)
    {
        floatingPointOperationsPerSecond = Math.Max(floatingPointOperationsPerSecond, MeasureArithmetic());
        var bytes = Bucket(workingSet);
        bandwidths[bytes] = Math.Max(bandwidths.GetValueOrDefault(bytes), MeasureBandwidth(bytes));
    }

    /// <summary>Displaces what the caches hold by touching a buffer larger than all of them, on every core.</summary>
    /// <exception cref="DeviceMemoryException">The device has no memory for it.</exception>
    public void FlushCaches()
    {
        if (flushed.IsAbsent)
        {
            flushed = device.Allocate<float>((int)(CacheSizes.FlushBytes(device) / sizeof(float)));
        }

        Scale(flushed, flushed);
        device.Synchronize();
    }

    public void Dispose()
    {
        if (!flushed.IsAbsent)
        {
            device.Pool.Return(flushed.Buffer!);
            flushed = default;
        }
    }

    private long Bucket(long workingSet) =>
        (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(workingSet, SmallestWorkingSet, CacheSizes.FlushBytes(device)));

    private double MeasureArithmetic() => device is CpuDevice cpu
        ? MachinePeak.FloatingPointOperationsPerSecond(cpu)
        : Best(() => GpuPeak.MultiplyAdd((GpuDevice)device));

    private double MeasureBandwidth(long workingSet)
    {
        var length = (int)(workingSet / (2 * sizeof(float)));
        using var source = device.Rent<float>(length);
        using var destination = device.Rent<float>(length);
        var (from, to) = (source.Span, destination.Span);
        from.Clear();
        return Best(() =>
        {
            Scale(from, to);
            return workingSet;
        });
    }

    /// <summary>The highest rate of several trials, each long enough for the clock and for what a launch costs.</summary>
    /// <param name="launch">Starts some work and returns its amount.</param>
    private double Best(Func<long> launch)
    {
        launch();
        device.Synchronize();
        var best = 0.0;
        for (var trial = 0; trial < Trials; trial++)
        {
            long amount = 0;
            var start = Stopwatch.GetTimestamp();
            do
            {
                amount += launch();
                device.Synchronize();
            }
            while (Stopwatch.GetElapsedTime(start) < ShortestTrial);

            best = Math.Max(best, amount / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private void Scale(DeviceSpan<float> source, DeviceSpan<float> destination)
    {
        if (device is CpuDevice cpu)
        {
            ScaledCopy.Run(cpu, source, destination);
        }
        else
        {
            GpuPeak.Scale((GpuDevice)device, source, destination);
        }
    }
}
