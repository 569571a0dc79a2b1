using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Diffusion;

/// <summary>The noise that a network sees in a latent at one timestep, guidance included.</summary>
/// <param name="latent">[batch, height, width, channels].</param>
/// <param name="timestep">0 to 999, integral or not.</param>
public delegate Tensor NoisePredictor(Tensor latent, double timestep);

/// <summary>Unit normal values for one step, in the latent's shape. Whoever samples decides where they come from.</summary>
/// <param name="step">0 for the first step.</param>
public delegate Tensor NoiseSource(int step);

/// <summary>What a sampler reports after each step. The tensors live until the callback returns.</summary>
/// <param name="Step">0 for the first.</param>
/// <param name="Count">Number of steps.</param>
/// <param name="Timestep">At the beginning of the step.</param>
/// <param name="Latent">After the step.</param>
/// <param name="Predicted">The clean latent that the step aimed at.</param>
public readonly record struct SamplingProgress(int Step, int Count, double Timestep, Tensor Latent, Tensor Predicted);

/// <summary>The form that every sampler has: from noise to a clean latent along a list of timesteps.</summary>
/// <param name="latent">Noise to start from: unit normal values.</param>
/// <param name="predict">The network.</param>
/// <param name="schedule">What the network was trained with.</param>
/// <param name="timesteps">Descending.</param>
/// <param name="noise">Called once for each step that adds noise.</param>
/// <param name="progress">Called after each step; it may throw to cancel.</param>
public delegate Tensor Sampler(
    Tensor latent,
    NoisePredictor predict,
    NoiseSchedule schedule,
    IReadOnlyList<double> timesteps,
    NoiseSource noise,
    Action<SamplingProgress>? progress);

/// <summary>Pieces that samplers share.</summary>
internal static class SamplerSteps
{
    /// <summary>(x - sqrt(1 - ᾱ) · e) / sqrt(ᾱ): the clean latent that a noise prediction implies.</summary>
    public static Tensor Clean(Tensor latent, Tensor predicted, double alpha) => Arithmetic.ScaledAdd(
        latent, (float)(1 / Math.Sqrt(alpha)), predicted, (float)(-Math.Sqrt(1 - alpha) / Math.Sqrt(alpha)));

    /// <summary>Runs the steps of a sampler, each in a scope of its own; only the latent goes on.</summary>
    /// <param name="latent">Where to start.</param>
    /// <param name="count">Number of steps.</param>
    /// <param name="step">Index and latent to new latent and clean prediction.</param>
    /// <param name="report">Index, new latent, clean prediction.</param>
    public static Tensor Run(
        Tensor latent, int count, Func<int, Tensor, (Tensor Next, Tensor Clean)> step, Action<int, Tensor, Tensor> report)
    {
        var session = latent.Session;
        var current = latent;
        for (var i = 0; i < count; i++)
        {
            var before = current;
            current = session.Consume(before == latent ? null : before, () =>
            {
                var (next, clean) = step(i, before);
                report(i, next, clean);
                return next;
            });
        }

        return current;
    }
}
