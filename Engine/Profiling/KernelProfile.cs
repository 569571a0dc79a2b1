using KernelDiff.Kernels;

namespace KernelDiff.Engine.Profiling;

/// <summary>A variant of an operation on a device, over all its launches and by shape.</summary>
/// <param name="Device">Name of the device.</param>
/// <param name="Operation">Name in the registry.</param>
/// <param name="Variant">Name of the variant.</param>
/// <param name="Total">Over all shapes.</param>
/// <param name="Shapes">By shape, longest first.</param>
public sealed record KernelProfile(
    string Device, string Operation, string Variant, LaunchStatistics Total, IReadOnlyList<ShapeProfile> Shapes)
{
    /// <summary>Operation and variant, as tables show them.</summary>
    public string Name => $"{Operation}/{Variant}";

    /// <summary>Groups what was recorded, the kernel that took longest first.</summary>
    /// <param name="devices">What was recorded.</param>
    /// <param name="ceilings">Of each device by its name; what is missing has no shares of a peak.</param>
    public static IReadOnlyList<KernelProfile> Of(
        IReadOnlyList<RecordedDevice> devices, IReadOnlyDictionary<string, DeviceCeiling> ceilings)
    {
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(ceilings);
        var kernels = devices
            .SelectMany(device => device.Launches)
            .GroupBy(launch => (launch.Device, launch.Operation, launch.Variant))
            .Select(kernel => Of(kernel, ceilings.GetValueOrDefault(kernel.Key.Device)))
            .OrderByDescending(kernel => kernel.Total.Seconds)
            .ToArray();
        var seconds = kernels.Sum(kernel => kernel.Total.Seconds);
        return [.. kernels.Select(kernel => kernel with
        {
            Total = kernel.Total with { Share = kernel.Total.Seconds / seconds },
            Shapes = [.. kernel.Shapes.Select(shape => shape with
            {
                Statistics = shape.Statistics with { Share = shape.Statistics.Seconds / seconds },
            })],
        })];
    }

    private static KernelProfile Of(
        IGrouping<(string Device, string Operation, string Variant), LaunchRecord> kernel, DeviceCeiling? ceiling)
    {
        // The same description may stand for different amounts of work, where an operand is optional.
        var shapes = kernel
            .GroupBy(launch => (launch.Shape, launch.Bytes, launch.FloatingPointOperations))
            .Select(shape => (shape.Key.Shape, Launches: (IReadOnlyList<LaunchRecord>)[.. shape]))
            .ToArray();
        var profiles = shapes
            .Select(shape => new ShapeProfile(shape.Shape, LaunchStatistics.Of([shape.Launches], ceiling)))
            .OrderByDescending(shape => shape.Statistics.Seconds);
        return new KernelProfile(
            kernel.Key.Device,
            kernel.Key.Operation,
            kernel.Key.Variant,
            LaunchStatistics.Of([.. shapes.Select(shape => shape.Launches)], ceiling),
            [.. profiles]);
    }
}

/// <summary>The launches of a kernel with one shape.</summary>
/// <param name="Shape">As the operation describes it.</param>
/// <param name="Statistics">Over these launches.</param>
public sealed record ShapeProfile(string Shape, LaunchStatistics Statistics);
