using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Diffusion;

/// <summary>Classifier-free guidance (Ho and Salimans, 2022).</summary>
public static class Guidance
{
    /// <summary>
    /// e(-) + scale · [e(condition) - e(-)], with both halves in one batch, unconditional first; one evaluation where the scale is 1.
    /// </summary>
    /// <param name="predict">Latents, timesteps [batch], context to noise.</param>
    /// <param name="condition">[batch, tokens, channels].</param>
    /// <param name="unconditional">The condition's shape.</param>
    /// <param name="scale">1 follows the condition as trained.</param>
    public static NoisePredictor ClassifierFree(
        Func<Tensor, Tensor, Tensor, Tensor> predict, Tensor condition, Tensor unconditional, float scale)
    {
        ArgumentNullException.ThrowIfNull(predict);
        return (latent, timestep) =>
        {
            var batch = latent.Shape[0];
            if (scale == 1)
            {
                return predict(latent, Timesteps(latent.Session, batch, timestep), condition);
            }

            var both = predict(
                Structure.Concat(0, latent, latent),
                Timesteps(latent.Session, 2 * batch, timestep),
                Structure.Concat(0, unconditional, condition));
            var (without, with) = (Structure.Slice(both, 0, 0, batch), Structure.Slice(both, 0, batch, batch));
            return Arithmetic.ScaledAdd(without, 1 - scale, with, scale);
        };
    }

    /// <summary>The same timestep for every latent of a batch.</summary>
    public static Tensor Timesteps(Session session, int batch, double timestep)
    {
        ArgumentNullException.ThrowIfNull(session);
        var values = new float[batch];
        values.AsSpan().Fill((float)timestep);
        return session.FromValues<float>(values, new TensorShape(batch));
    }
}
