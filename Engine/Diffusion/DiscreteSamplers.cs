using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Diffusion;

/// <summary>Samplers that step from one trained timestep to another: DDPM, DDIM, PLMS.</summary>
public static class DiscreteSamplers
{
    /// <summary>
    /// Denoising diffusion implicit models (Song et al., 2021), as latent-diffusion has them: the step before the last timestep ends at
    /// timestep 0, not at a clean latent.
    /// </summary>
    /// <param name="eta">0 adds no noise; 1 adds as much as DDPM.</param>
    /// <param name="temperature">Factor of the noise.</param>
    public static Sampler Ddim(double eta = 0, double temperature = 1) => (latent, predict, schedule, timesteps, noise, progress) =>
    {
        var levels = new DiscreteLevels(schedule, timesteps);
        return SamplerSteps.Run(
            latent,
            timesteps.Count,
            (i, x) => DdimStep(x, predict(x, timesteps[i]), levels, i, eta, temperature, noise),
            (i, x, clean) => progress?.Invoke(new SamplingProgress(i, timesteps.Count, timesteps[i], x, clean)));
    };

    /// <summary>Pseudo linear multi-step (Liu et al., 2022), as latent-diffusion has it: one more evaluation in the first step.</summary>
    public static Sampler Plms() => (latent, predict, schedule, timesteps, noise, progress) =>
    {
        var levels = new DiscreteLevels(schedule, timesteps);
        using var history = new PredictionHistory();
        return SamplerSteps.Run(
            latent,
            timesteps.Count,
            (i, x) =>
            {
                var predicted = predict(x, timesteps[i]);
                var combined = history.Count switch
                {
                    0 => Mean(predicted, predict(
                        DdimStep(x, predicted, levels, i, 0, 0, noise).Next, timesteps[Math.Min(i + 1, timesteps.Count - 1)])),
                    1 => history.Combine(predicted, 3 / 2f, -1 / 2f),
                    2 => history.Combine(predicted, 23 / 12f, -16 / 12f, 5 / 12f),
                    _ => history.Combine(predicted, 55 / 24f, -59 / 24f, 37 / 24f, -9 / 24f),
                };
                history.Add(predicted);
                return DdimStep(x, combined, levels, i, 0, 0, noise);
            },
            (i, x, clean) => progress?.Invoke(new SamplingProgress(i, timesteps.Count, timesteps[i], x, clean)));
    };

    /// <summary>
    /// Ancestral sampling (Ho et al., 2020) with the posterior variance; a list of fewer timesteps gives the posterior between them.
    /// Nothing is clipped.
    /// </summary>
    public static Sampler Ddpm() => (latent, predict, schedule, timesteps, noise, progress) => SamplerSteps.Run(
        latent,
        timesteps.Count,
        (i, x) =>
        {
            var alpha = schedule.AlphasCumulative[(int)timesteps[i]];
            var previous = i + 1 < timesteps.Count ? schedule.AlphasCumulative[(int)timesteps[i + 1]] : 1;
            var beta = 1 - (alpha / previous);
            var clean = SamplerSteps.Clean(x, predict(x, timesteps[i]), alpha);
            var next = Arithmetic.ScaledAdd(
                clean,
                (float)(Math.Sqrt(previous) * beta / (1 - alpha)),
                x,
                (float)(Math.Sqrt(alpha / previous) * (1 - previous) / (1 - alpha)));
            var deviation = Math.Sqrt(beta * (1 - previous) / (1 - alpha));
            return (deviation > 0 ? Arithmetic.ScaledAdd(next, 1, noise(i), (float)deviation) : next, clean);
        },
        (i, x, clean) => progress?.Invoke(new SamplingProgress(i, timesteps.Count, timesteps[i], x, clean)));

    private static (Tensor Next, Tensor Clean) DdimStep(
        Tensor x, Tensor predicted, DiscreteLevels levels, int index, double eta, double temperature, NoiseSource noise)
    {
        var (alpha, previous) = levels.At(index);
        var sigma = eta * Math.Sqrt((1 - previous) / (1 - alpha) * (1 - (alpha / previous)));
        var clean = SamplerSteps.Clean(x, predicted, alpha);
        var next = Arithmetic.ScaledAdd(
            clean, (float)Math.Sqrt(previous), predicted, (float)Math.Sqrt(Math.Max(0, 1 - previous - (sigma * sigma))));
        return (sigma > 0 ? Arithmetic.ScaledAdd(next, 1, noise(index), (float)(sigma * temperature)) : next, clean);
    }

    private static Tensor Mean(Tensor left, Tensor right) => Arithmetic.ScaledAdd(left, 0.5f, right, 0.5f);

    /// <summary>ᾱ at the beginning and at the end of each step; the last step ends at timestep 0.</summary>
    private sealed class DiscreteLevels(NoiseSchedule schedule, IReadOnlyList<double> timesteps)
    {
        public (double Alpha, double Previous) At(int index) => (
            schedule.AlphasCumulative[(int)timesteps[index]],
            schedule.AlphasCumulative[index + 1 < timesteps.Count ? (int)timesteps[index + 1] : 0]);
    }
}
