using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Diffusion;

/// <summary>
/// Samplers that solve the probability flow dx/dσ = e(x, σ) over noise levels σ, with x the latent divided by its signal level, so that
/// x = clean + σ · noise. All end at a clean latent, σ = 0. See Karras et al. (2022) and Lu et al. (2022).
/// </summary>
public static class ContinuousSamplers
{
    /// <summary>One evaluation a step; first order.</summary>
    public static Sampler Euler() => Solve(new Integrator((flow, x, from, to, _) =>
    {
        var slope = flow.Slope(x, from);
        return (Arithmetic.ScaledAdd(x, 1, slope, (float)(to.Sigma - from.Sigma)), Clean(x, slope, from));
    }));

    /// <summary>Two evaluations a step but for the last; second order.</summary>
    public static Sampler Heun() => Solve(new Integrator((flow, x, from, to, _) =>
    {
        var slope = flow.Slope(x, from);
        var distance = (float)(to.Sigma - from.Sigma);
        var euler = Arithmetic.ScaledAdd(x, 1, slope, distance);
        if (to.Sigma == 0)
        {
            return (euler, euler);
        }

        var mean = Arithmetic.ScaledAdd(slope, 0.5f, flow.Slope(euler, to), 0.5f);
        return (Arithmetic.ScaledAdd(x, 1, mean, distance), Clean(x, slope, from));
    }));

    /// <summary>DPM-Solver++(2M): one evaluation a step and the clean prediction of the step before; second order.</summary>
    public static Sampler DpmSolverPlusPlus() => (latent, predict, schedule, timesteps, noise, progress) =>
    {
        using var history = new PredictionHistory(1);
        var previousLog = 0.0;
        return Solve(new Integrator((flow, x, from, to, _) =>
        {
            var clean = Clean(x, flow.Slope(x, from), from);
            var log = -Math.Log(from.Sigma);
            var target = clean;
            if (to.Sigma > 0 && history.Count > 0)
            {
                var ratio = (log - previousLog) / (-Math.Log(to.Sigma) - log);
                target = Arithmetic.ScaledAdd(clean, (float)(1 + (1 / (2 * ratio))), history.Newest, (float)(-1 / (2 * ratio)));
            }

            history.Add(clean);
            previousLog = log;
            var keep = to.Sigma / from.Sigma;
            return (Arithmetic.ScaledAdd(x, (float)keep, target, (float)(1 - keep)), clean);
        }))(latent, predict, schedule, timesteps, noise, progress);
    };

    /// <summary>One step of a solver: the flow, where it is, from and to which level, the index of the step.</summary>
    private delegate (Tensor Next, Tensor Clean) Integrator(Flow flow, Tensor x, Level from, Level to, int index);

    private static Sampler Solve(Integrator integrate) => (latent, predict, schedule, timesteps, noise, progress) =>
    {
        var levels = timesteps.Select(timestep => new Level(timestep, schedule.Sigma(timestep))).Append(new Level(0, 0)).ToArray();
        var flow = new Flow(predict);

        // Unit noise is x at the first level times its signal level sqrt(ᾱ) = 1 / sqrt(1 + σ²).
        using var scope = latent.Session.BeginScope();
        var start = Elementwise.Affine(latent, (float)Math.Sqrt(1 + (levels[0].Sigma * levels[0].Sigma)));
        return scope.Return(SamplerSteps.Run(
            start,
            timesteps.Count,
            (i, x) => integrate(flow, x, levels[i], levels[i + 1], i),
            (i, x, clean) => progress?.Invoke(new SamplingProgress(i, timesteps.Count, timesteps[i], x, clean))));
    };

    private static Tensor Clean(Tensor x, Tensor slope, Level level) => Arithmetic.ScaledAdd(x, 1, slope, (float)-level.Sigma);

    private readonly record struct Level(double Timestep, double Sigma);

    private sealed class Flow(NoisePredictor predict)
    {
        /// <summary>The network sees the latent at its trained scale.</summary>
        public Tensor Slope(Tensor x, Level level) =>
            predict(Elementwise.Affine(x, (float)(1 / Math.Sqrt(1 + (level.Sigma * level.Sigma)))), level.Timestep);
    }
}
