using System.Globalization;
using System.Text.Json.Serialization;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Engine.Plans;

/// <summary>The content of a plan file.</summary>
public sealed record PlanDocument
{
    /// <summary>The version that this code reads and writes.</summary>
    public const int Version = 1;

    [JsonPropertyName("format")]
    public required int Format { get; init; }

    /// <summary>A part for each kind of device.</summary>
    [JsonPropertyName("devices")]
    public required IReadOnlyList<DevicePlan> Devices { get; init; }

    /// <summary>The plan of which nothing is known yet.</summary>
    public static PlanDocument Empty { get; } = new() { Format = Version, Devices = [] };

    /// <summary>
    /// The plan after measuring. Shapes that were measured are chosen for anew, and are left out where the rules are good enough; other
    /// shapes of the device and other devices stay.
    /// </summary>
    /// <param name="device">The device and on what it was measured; its choices are ignored.</param>
    /// <param name="measured">At most once each shape.</param>
    public PlanDocument With(DevicePlan device, IReadOnlyList<TunedShape> measured)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(measured);
        var anew = measured.Select(shape => (shape.Operation, shape.Shape)).ToHashSet();
        var kept = Devices
            .Where(known => known.Device == device.Device)
            .SelectMany(known => known.Choices)
            .Where(choice => !anew.Contains((choice.Operation, choice.Shape)));
        return this with
        {
            Devices =
            [
                .. Devices.Where(known => known.Device != device.Device),
                device with { Choices = [.. kept, .. measured.Where(shape => shape.Chosen != shape.Rule).Select(PlanChoice.Of)] },
            ],
        };
    }
}

/// <summary>The choices for one kind of device, and on what they were measured; only the choices decide what runs.</summary>
public sealed record DevicePlan
{
    /// <summary>See <see cref="Kernels.Plans.PlanTarget"/>.</summary>
    [JsonPropertyName("device")]
    public required string Device { get; init; }

    /// <summary>The hardware that it was measured on.</summary>
    [JsonPropertyName("hardware")]
    public string? Hardware { get; init; }

    /// <summary>Threads of the <c>cpu</c> device that it was measured with.</summary>
    [JsonPropertyName("threads")]
    public int? Threads { get; init; }

    /// <summary>Version of kerneldiff that measured it.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; init; }

    /// <summary>Images in each call that was measured.</summary>
    [JsonPropertyName("batch")]
    public int? Batch { get; init; }

    /// <summary>What runs otherwise than by the rules.</summary>
    [JsonPropertyName("choices")]
    public required IReadOnlyList<PlanChoice> Choices { get; init; }
}

/// <summary>The variant for a shape.</summary>
public sealed record PlanChoice
{
    /// <summary>Name of the operation in the registry.</summary>
    [JsonPropertyName("operation")]
    public required string Operation { get; init; }

    /// <summary>The sizes of one image.</summary>
    [JsonPropertyName("shape")]
    public required string Shape { get; init; }

    /// <summary>The variant that runs.</summary>
    [JsonPropertyName("variant")]
    public required string Variant { get; init; }

    /// <summary>Median time of a launch.</summary>
    [JsonPropertyName("seconds")]
    public double? Seconds { get; init; }

    /// <summary>The variant that the rules chose when it was measured.</summary>
    [JsonPropertyName("rule")]
    public string? Rule { get; init; }

    /// <summary>Median time of a launch of it.</summary>
    [JsonPropertyName("rule_seconds")]
    public double? RuleSeconds { get; init; }

    /// <summary>The choice that was measured.</summary>
    internal static PlanChoice Of(TunedShape shape) => new()
    {
        Operation = shape.Operation,
        Shape = shape.Shape,
        Variant = shape.Chosen,
        Seconds = SecondsOf(shape, shape.Chosen),
        Rule = shape.Rule,
        RuleSeconds = SecondsOf(shape, shape.Rule),
    };

    /// <summary>To three digits: more would only be noise.</summary>
    private static double? SecondsOf(TunedShape shape, string variant) =>
        shape.Timed.FirstOrDefault(timed => timed.Variant == variant) is { } found
            ? double.Parse(found.Seconds.ToString("E2", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : null;
}
