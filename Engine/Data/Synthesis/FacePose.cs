using KernelDiff.Kernels.RandomNumbers;
using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>Where the head is, how it is turned, and where the light comes from.</summary>
internal sealed class FacePose
{
    private const uint PoseStream = 2;

    /// <summary>Depth of the face's surface in front of its outline, and half the width over which it rounds off.</summary>
    private const float SurfaceDepth = 0.17f;

    private const float SurfaceRadius = 0.27f;

    private readonly float sineOfYaw;
    private readonly float cosineOfYaw;
    private readonly float sineOfPitch;

    public FacePose(ulong seed, long index)
    {
        var random = new Philox(seed, PoseStream, (ulong)index);
        var yaw = Clamped(random, 0.14f, 0.32f);
        var pitch = Clamped(random, 0.06f, 0.13f);
        (sineOfYaw, cosineOfYaw) = MathF.SinCos(yaw);
        sineOfPitch = MathF.Sin(pitch);
        var roll = Clamped(random, 3.5f, 9);
        var scale = 0.93f + (0.13f * random.NextSingle());
        var (x, y) = (0.5f - (0.04f * sineOfYaw) + Clamped(random, 0.012f, 0.03f), 0.45f + Clamped(random, 0.01f, 0.02f));
        Head = SKMatrix.CreateTranslation(x, y)
            .PreConcat(SKMatrix.CreateScale(scale, scale))
            .PreConcat(SKMatrix.CreateRotationDegrees(roll, 0, 0.3f));
        Body = SKMatrix.CreateTranslation(x, y - 0.05f)
            .PreConcat(SKMatrix.CreateScale(scale, scale))
            .PreConcat(SKMatrix.CreateRotationDegrees(roll * 0.2f, 0, 0.6f));
        var angle = (random.NextSingle() - 0.5f) * 2.6f;
        LightX = MathF.Sin(angle);
        LightY = -0.35f - (0.5f * MathF.Cos(angle));
        Ambient = 0.35f + (0.4f * random.NextSingle());
    }

    /// <summary>From the head's frame to the picture.</summary>
    public SKMatrix Head { get; }

    /// <summary>From the frame of neck and shoulders to the picture.</summary>
    public SKMatrix Body { get; }

    /// <summary>Direction towards the light, -1 to 1 from left to right.</summary>
    public float LightX { get; }

    /// <summary>Direction towards the light, negative from above.</summary>
    public float LightY { get; }

    /// <summary>How bright the side away from the light is, 0 to 1.</summary>
    public float Ambient { get; }

    /// <summary>How far the head is turned: positive when it looks to the right-hand side of the picture.</summary>
    public float Turn => sineOfYaw;

    /// <summary>Where a point of the head's surface, raised by <paramref name="depth"/>, appears.</summary>
    public SKPoint Project(float x, float y, float depth)
    {
        var part = x / SurfaceRadius;
        var z = (SurfaceDepth * MathF.Sqrt(MathF.Max(0, 1 - (part * part)))) + depth;
        return new SKPoint((x * cosineOfYaw) + (z * sineOfYaw), y + (z * sineOfPitch));
    }

    private static float Clamped(Philox random, float deviation, float limit) =>
        Math.Clamp(random.NextNormal() * deviation, -limit, limit);
}
