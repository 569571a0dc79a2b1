using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Models;

/// <summary>The parameters that a model of a configuration consists of, under their names in a model file.</summary>
public static class ModelParameters
{
    /// <summary>In front of the names of the UNet's parameters.</summary>
    public const string UNetPrefix = "model.diffusion_model.";

    /// <summary>In front of the names of the condition encoders' parameters.</summary>
    public const string ConditioningPrefix = "cond_stage_model.";

    /// <summary>What the names of a model's parameters begin with.</summary>
    public static IReadOnlyList<string> Prefixes { get; } = [UNetPrefix, FirstStage.Prefix, ConditioningPrefix];

    /// <summary>Checks that a model of a configuration can be built.</summary>
    /// <exception cref="ArgumentException">The configuration contradicts itself, or its networks have over 2^31 - 1 values.</exception>
    public static void Validate(ModelConfiguration configuration)
    {
        var values = Of(configuration).Sum(specification => (long)specification.Shape.Elements);
        if (values > int.MaxValue)
        {
            throw new ArgumentException($"The model '{configuration.Name}' has {values} parameters; at most {int.MaxValue} can be held.");
        }
    }

    /// <summary>Every parameter with its full name. Costs no memory for their values.</summary>
    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    public static IReadOnlyList<ParameterSpecification> Of(ModelConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Validate();
        var first = FirstStage.Describe(configuration.FirstStage);
        var denoising = configuration.UNet is null ? [] : new ConditionedUNet(configuration).Specifications;
        return
        [
            .. denoising,
            .. first.Specifications.Select(specification => specification with { Name = FirstStage.Prefix + specification.Name }),
        ];
    }
}
