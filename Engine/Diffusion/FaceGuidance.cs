using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Diffusion;

/// <summary>
/// Classifier-free guidance by two sources, each with its scale, as InstructPix2Pix (Brooks et al., 2023) chains them:
/// e(-,-) + s_mask [e(mask,-) - e(-,-)] + s_attributes [e(mask,attributes) - e(mask,-)].
/// </summary>
/// <param name="Attributes">s_attributes; 1 follows the attributes as trained.</param>
/// <param name="Mask">s_mask; 1 follows the mask as trained.</param>
public readonly record struct FaceGuidance(float Attributes, float Mask)
{
    /// <summary>Both conditions as trained: one evaluation a step.</summary>
    public static FaceGuidance None => new(1, 1);

    /// <summary>
    /// The evaluations that the scales need, with their coefficients: three in general, two where the scales are equal or there is only
    /// one source, one where both are 1.
    /// </summary>
    /// <param name="conditions">What is given.</param>
    public IReadOnlyList<(float Coefficient, ConditionBatch Conditions)> Terms(ConditionBatch conditions)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        var (hasAttributes, hasMask) = (conditions.HasAttributes.Contains(true), conditions.HasMask.Contains(true));
        var (none, mask, both) = (1 - Mask, Mask - Attributes, Attributes);

        // Without one of the sources two of the three evaluations are the same.
        if (!hasMask)
        {
            (none, mask) = (none + mask, 0);
        }

        if (!hasAttributes)
        {
            (mask, both) = (hasMask ? mask + both : 0, hasMask ? 0 : 1);
            none = hasMask ? none : 0;
        }

        var terms = new List<(float, ConditionBatch)>(3);
        Add(none, false, false);
        Add(mask, false, true);
        Add(both, true, true);
        return terms;

        void Add(float coefficient, bool keepAttributes, bool keepMask)
        {
            if (coefficient != 0)
            {
                terms.Add((coefficient, conditions.Keep(keepAttributes, keepMask)));
            }
        }
    }

    /// <summary>The guided predictor. All evaluations of a step run as one batch.</summary>
    /// <param name="session">Where the conditions are encoded; they live as long as its current scope.</param>
    /// <param name="network">Predicts noise.</param>
    /// <param name="conditions">One for each latent of the batch.</param>
    public NoisePredictor Predictor(Session session, ConditionedUNet network, ConditionBatch conditions)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(network);
        var terms = Terms(conditions);
        var coefficients = terms.Select(term => term.Coefficient).ToArray();
        var encoded = network.Encode(session, ConditionBatch.Join([.. terms.Select(term => term.Conditions)]));
        return (latent, timestep) => latent.Session.Scoped(() =>
        {
            var batch = latent.Shape[0];
            var repeated = coefficients.Length == 1
                ? latent
                : Structure.Concat(0, [.. Enumerable.Repeat(latent, coefficients.Length)]);
            var predicted = network.Forward(
                repeated, Guidance.Timesteps(latent.Session, batch * coefficients.Length, timestep), encoded);
            if (coefficients.Length == 1)
            {
                return predicted;
            }

            var sum = Structure.Slice(predicted, 0, 0, batch);
            var scale = coefficients[0];
            for (var i = 1; i < coefficients.Length; i++)
            {
                sum = Arithmetic.ScaledAdd(sum, scale, Structure.Slice(predicted, 0, i * batch, batch), coefficients[i]);
                scale = 1;
            }

            return sum;
        });
    }
}
