using KernelDiff.Engine.Data;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Sampling;

/// <summary>One face to make.</summary>
public sealed record FaceRequest
{
    /// <summary>Where its noise comes from.</summary>
    public required NoiseOrigin Origin { get; init; }

    /// <summary>The mask to follow, square, of any size; null for none.</summary>
    public LabelMask? Mask { get; init; }

    /// <summary>The 40 attributes to follow; null for none.</summary>
    public IReadOnlyList<AttributeState>? Attributes { get; init; }

    /// <summary>A second origin between whose noise and the first one's this face starts; null for none.</summary>
    public NoiseOrigin? TowardsOrigin { get; init; }

    /// <summary>How far it starts towards <see cref="TowardsOrigin"/>, 0 to 1.</summary>
    public double Part { get; init; }
}

/// <summary>A face that was made.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Record">All that is needed to make it again.</param>
public sealed record GeneratedFace(RgbImage Image, SampleRecord Record);
