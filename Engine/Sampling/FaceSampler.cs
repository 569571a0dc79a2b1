using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Diffusion;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Sampling;

/// <summary>Where the noise of one image comes from: image i of a seed is the same in any batch.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Index">Which image of the seed.</param>
public readonly record struct NoiseOrigin(ulong Seed, int Index);

/// <summary>Turns noise into latents with a network, for given conditions.</summary>
public static class FaceSampler
{
    private const uint NoiseStream = 0x5A11_0001;

    /// <summary>Samples latents.</summary>
    /// <param name="session">Where.</param>
    /// <param name="network">Predicts the noise.</param>
    /// <param name="schedule">What it was trained with.</param>
    /// <param name="shape">[batch, height, width, channels] of the latents.</param>
    /// <param name="conditions">One for each latent.</param>
    /// <param name="settings">Sampler, steps, guidance.</param>
    /// <param name="origins">One for each latent.</param>
    /// <param name="progress">Called after each step; it may throw to cancel.</param>
    /// <param name="start">First noise in the place of that of the origins, or null.</param>
    /// <returns>Latents at the scale of the network, in the innermost scope.</returns>
    /// <exception cref="ArgumentException">A setting is out of its range, or the numbers of latents differ.</exception>
    public static Tensor Sample(
        Session session,
        ConditionedUNet network,
        NoiseSchedule schedule,
        TensorShape shape,
        ConditionBatch conditions,
        SamplingSettings settings,
        IReadOnlyList<NoiseOrigin> origins,
        Action<SamplingProgress>? progress = null,
        Tensor? start = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(conditions);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(origins);
        settings.Validate(schedule.Timesteps);
        if (conditions.Count != shape[0] || origins.Count != shape[0])
        {
            throw new ArgumentException(
                $"{shape[0]} latents need as many conditions and origins, not {conditions.Count} and {origins.Count}.", nameof(conditions));
        }

        using var scope = session.BeginWithoutGradient();
        var predict = new FaceGuidance(settings.GuidanceAttributes, settings.GuidanceMask).Predictor(session, network, conditions);
        var sampler = SamplerCatalog.Create(settings.Sampler, settings.Eta);
        var latent = sampler(
            start ?? Noise(session, shape, origins, 0),
            predict,
            schedule,
            SamplerCatalog.Timesteps(settings.Sampler, schedule, settings.Steps),
            step => Noise(session, shape, origins, step + 1),
            progress);
        return scope.Return(latent);
    }

    /// <summary>Unit normal values.</summary>
    /// <param name="session">Where.</param>
    /// <param name="shape">[batch, height, width, channels].</param>
    /// <param name="origins">One for each image.</param>
    /// <param name="use">0 for what sampling starts from, n + 1 for what step n adds.</param>
    public static Tensor Noise(Session session, TensorShape shape, IReadOnlyList<NoiseOrigin> origins, int use)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(origins);
        var image = new TensorShape([1, .. shape.ToArray().AsSpan(1)]);
        return origins.Count == 1
            ? One(origins[0])
            : Structure.Concat(0, [.. origins.Select(One)]);

        Tensor One(NoiseOrigin origin) => RandomTensors.Normal(
            session,
            image,
            new RandomKey { Seed = origin.Seed, Stream = NoiseStream, Step = (uint)use, FirstImage = origin.Index });
    }

    /// <summary>
    /// Between two noises on the arc that keeps their length, so that what lies between is as likely as the ends.
    /// </summary>
    /// <param name="from">At part 0.</param>
    /// <param name="to">At part 1.</param>
    /// <param name="part">0 to 1.</param>
    public static Tensor Interpolate(Tensor from, Tensor to, double part)
    {
        var (a, b) = (from.ToArray(), to.ToArray());
        var (dot, lengthA, lengthB) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            dot += (double)a[i] * b[i];
            lengthA += (double)a[i] * a[i];
            lengthB += (double)b[i] * b[i];
        }

        var angle = Math.Acos(Math.Clamp(dot / Math.Sqrt(lengthA * lengthB), -1, 1));
        return angle < 1e-6
            ? Arithmetic.ScaledAdd(from, (float)(1 - part), to, (float)part)
            : Arithmetic.ScaledAdd(
                from, (float)(Math.Sin((1 - part) * angle) / Math.Sin(angle)), to, (float)(Math.Sin(part * angle) / Math.Sin(angle)));
    }
}
