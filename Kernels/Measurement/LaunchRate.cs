namespace KernelDiff.Kernels.Measurement;

/// <summary>The resource that bounds a launch from below.</summary>
public enum LaunchBound
{
    /// <summary>Its floating-point operations take longer at the device's peak than its bytes.</summary>
    Compute,

    /// <summary>Its bytes take longer at the device's peak than its floating-point operations.</summary>
    Memory,

    /// <summary>Both take less time at the device's peak than starting any work.</summary>
    Launch,
}

/// <summary>How fast a launch was, absolutely and against what the device reaches (the roofline model).</summary>
/// <param name="BytesPerSecond">Each operand counted once.</param>
/// <param name="FloatingPointOperationsPerSecond">
/// Operations of the direct formula, so an algorithm that needs fewer may be above the peak.
/// </param>
/// <param name="ShareOfPeak">The time that the scarcer resource needs at its peak, as a part of the time it took.</param>
/// <param name="Bound">The scarcer resource.</param>
public sealed record LaunchRate(double BytesPerSecond, double FloatingPointOperationsPerSecond, double ShareOfPeak, LaunchBound Bound)
{
    /// <param name="launch">What was launched.</param>
    /// <param name="seconds">How long it took.</param>
    /// <param name="peakFloatingPointOperationsPerSecond">What the device reaches in registers.</param>
    /// <param name="peakBytesPerSecond">What the device reaches on a working set like the launch's.</param>
    public static LaunchRate Of(
        in LaunchRecord launch, double seconds, double peakFloatingPointOperationsPerSecond, double peakBytesPerSecond)
    {
        var bytes = launch.Bytes / seconds;
        var operations = launch.FloatingPointOperations / seconds;
        var (compute, memory) = (operations / peakFloatingPointOperationsPerSecond, bytes / peakBytesPerSecond);
        return new LaunchRate(
            bytes, operations, Math.Max(compute, memory), compute >= memory ? LaunchBound.Compute : LaunchBound.Memory);
    }

    /// <summary>The mean for rates and ratios: the same whichever of two things is divided by the other.</summary>
    /// <returns>Null if there is no positive value; others are left out.</returns>
    public static double? GeometricMean(IEnumerable<double> values)
    {
        var logarithms = values.Where(value => value > 0).Select(value => Math.Log(value)).ToList();
        return logarithms.Count == 0 ? null : Math.Exp(logarithms.Average());
    }
}
