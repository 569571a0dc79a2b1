using System.Globalization;
using KernelDiff.Engine.Configuration;

namespace KernelDiff.Runner.Commands;

/// <summary>One of the models that an ablation compares.</summary>
/// <param name="Name">Also the folder of its run.</param>
/// <param name="Mode">The conditions that it is evaluated with.</param>
/// <param name="Settings">What its configuration changes, as <c>--set</c> takes it.</param>
internal sealed record AblationVariant(string Name, string Mode, IReadOnlyList<string> Settings)
{
    /// <summary>Attributes alone, the mask alone, both; both without P2 weighting and with exponents 0.5 and 1.</summary>
    /// <param name="model">What the variants are variants of.</param>
    /// <exception cref="UsageException">The model lacks one of the sources.</exception>
    public static IReadOnlyList<AblationVariant> Of(ModelConfiguration model)
    {
        if (!model.Conditioning.UsesAttributes || !model.Conditioning.UsesMask || model.UNet is null)
        {
            throw new UsageException(
                $"The configuration '{model.Name}' is not conditioned on both attributes and masks, so there is nothing to leave out of it.");
        }

        string[] withoutMask =
        [
            "model.conditioning.mask=off",
            "model.conditioning.mask_concat_channels=0",
            string.Create(CultureInfo.InvariantCulture, $"model.unet.in_channels={model.FirstStage.LatentChannels}"),
        ];

        // A mask that is only concatenated makes no tokens, for which the UNet has no use then.
        string[] withoutAttributes = model.Conditioning.Mask == MaskCondition.Off
            ? ["model.conditioning.attributes=off", "model.unet.use_spatial_transformer=false", "model.unet.context_dim=null"]
            : ["model.conditioning.attributes=off"];
        return
        [
            new AblationVariant("attributes", "attributes", withoutMask),
            new AblationVariant("mask", "mask", withoutAttributes),
            new AblationVariant("both-gamma-0", "both", ["diffusion_training.p2_gamma=0"]),
            new AblationVariant("both-gamma-0.5", "both", ["diffusion_training.p2_gamma=0.5"]),
            new AblationVariant("both-gamma-1", "both", ["diffusion_training.p2_gamma=1"]),
        ];
    }
}

/// <summary>What <c>kerneldiff ablation --json</c> prints.</summary>
/// <param name="Data">Full path of the data set.</param>
/// <param name="Steps">Steps of each diffusion training.</param>
/// <param name="Runs">One for each model.</param>
internal sealed record AblationDocument(string Data, int Steps, IReadOnlyList<AblationRow> Runs);

/// <summary>A model of an ablation.</summary>
/// <param name="Name">attributes, mask, both-gamma-0, both-gamma-0.5 or both-gamma-1.</param>
/// <param name="Model">Full path of the model.</param>
/// <param name="Real">What the measuring networks reach on the real images.</param>
/// <param name="Samples">What they reach on samples for all conditions that the model has.</param>
/// <param name="Unconditional">What they reach on samples for nothing, by the same model.</param>
internal sealed record AblationRow(string Name, string Model, EvaluationRow Real, EvaluationRow Samples, EvaluationRow Unconditional);
