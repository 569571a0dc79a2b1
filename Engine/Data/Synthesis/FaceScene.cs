using KernelDiff.Kernels.RandomNumbers;
using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>A face that is being drawn: what, where, in which colours, onto what.</summary>
internal sealed class FaceScene(FaceCanvas canvas, ulong seed, long index)
{
    public FaceCanvas Canvas { get; } = canvas;

    public FaceTraits Traits { get; } = new(seed, index);

    public FacePose Pose { get; } = new(seed, index);

    public FaceColors Colors { get; } = new(new FaceTraits(seed, index), seed, index);

    /// <summary>Half the width of the face at the cheeks.</summary>
    public float Cheek => 0.222f + (Traits.Male ? 0.006f : -0.006f) + (Traits.Chubby ? 0.026f : 0) - (Traits.OvalFace ? 0.016f : 0);

    /// <summary>Half the width of the face at the mouth.</summary>
    public float Jaw => (Traits.Male ? 0.188f : 0.150f) + (Traits.Chubby ? 0.036f : 0) - (Traits.OvalFace ? 0.016f : 0);

    /// <summary>The lowest point of the face.</summary>
    public float Chin => 0.352f + (Traits.Male ? 0.012f : 0) + (Traits.OvalFace ? 0.022f : 0) - (Traits.Chubby ? 0.006f : 0);

    /// <summary>The highest point of the skull.</summary>
    public const float Crown = -0.305f;

    /// <summary>Numbers for details that no attribute names; each use has a stream of its own, so that none shifts another's.</summary>
    public Philox Details(uint use) => new(seed, 100 + use, (ulong)index);

    /// <summary>A path on the head's surface.</summary>
    public FaceShape Shape(float depth = 0) => new(Pose, depth);

    /// <summary>A gradient from the lit side to the shaded one across a circle in the current frame.</summary>
    public SKShader Lit(float x, float y, float radius, SKColor light, SKColor color, SKColor shade) => SKShader.CreateRadialGradient(
        new SKPoint(x + (0.55f * radius * Pose.LightX), y + (0.55f * radius * Pose.LightY)),
        1.65f * radius,
        [light, color, Tone.Mix(shade, color, Pose.Ambient * 0.5f)],
        [0, 0.42f, 1],
        SKShaderTileMode.Clamp);
}
