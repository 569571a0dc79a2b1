using KernelDiff.Kernels;
using KernelDiff.Kernels.Measurement;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Engine.Profiling;

/// <summary>What a device reaches at most, as measured on it: the roof that launches are compared with.</summary>
public sealed class DeviceCeiling : IDisposable
{
    private const int TimedLaunches = 200;

    private readonly DevicePeak peak;

    /// <summary>Measures arithmetic, memory and the cost of a launch; bandwidths of smaller working sets when asked for.</summary>
    /// <param name="device">Stays the caller's, and must live as long as this.</param>
    /// <exception cref="NotSupportedException">The device is the simulator, whose times say nothing about any hardware.</exception>
    public DeviceCeiling(Device device)
    {
        peak = new DevicePeak(device);
        FloatingPointOperationsPerSecond = peak.FloatingPointOperationsPerSecond;
        MemoryBytesPerSecond = peak.MemoryBytesPerSecond;
        LaunchSeconds = TimeLaunch(device);
    }

    /// <summary>fp32 additions and multiplications in registers.</summary>
    public double FloatingPointOperationsPerSecond { get; }

    /// <summary>Of a copy that no cache holds.</summary>
    public double MemoryBytesPerSecond { get; }

    /// <summary>What a launch takes that has one element to compute.</summary>
    public double LaunchSeconds { get; }

    /// <summary>The time that the arithmetic of a launch needs at least.</summary>
    public double ComputeSeconds(long floatingPointOperations) => floatingPointOperations / FloatingPointOperationsPerSecond;

    /// <summary>The time that the operands of a launch need at least, in the cache or memory that holds them.</summary>
    public double MemorySeconds(long bytes) => bytes / peak.BytesPerSecond(bytes);

    public void Dispose() => peak.Dispose();

    private static double TimeLaunch(Device device)
    {
        using var element = device.Rent<float>(1);
        element.Span.Clear();
        var seconds = new List<double>(TimedLaunches);
        void Keep(LaunchRecord launch) => seconds.Add(launch.Duration.TotalSeconds);

        device.Timeline.Launched += Keep;
        try
        {
            for (var i = 0; i < TimedLaunches; i++)
            {
                PointwiseOperations.Silu.Launch(device, new UnaryArguments { Input = element.Span, Output = element.Span });
            }
        }
        finally
        {
            device.Timeline.Launched -= Keep;
        }

        return SampleSummary.Of(seconds).Median;
    }
}
