using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Losses;

namespace KernelDiff.Engine.Training;

/// <summary>
/// The patch discriminator of an autoencoder's training, with its optimiser: hinge loss, and the adaptive weight of VQGAN (Esser et al.,
/// 2021) that keeps its gradient at the last layer as large as that of the reconstruction.
/// </summary>
internal sealed class AdversarialTraining : IDisposable
{
    private const float MaximumWeight = 1e4f;
    private const float WeightEpsilon = 1e-4f;

    private readonly Session session;
    private readonly AutoencoderTrainingConfiguration configuration;
    private readonly PatchDiscriminator discriminator;
    private readonly ParameterArena arena;
    private readonly AdamW optimizer;

    public AdversarialTraining(Session session, AutoencoderTrainingConfiguration configuration)
    {
        this.session = session;
        this.configuration = configuration;
        discriminator = new PatchDiscriminator(3, configuration.DiscriminatorChannels, configuration.DiscriminatorLayers);
        arena = discriminator.Materialize(session, withGradients: true);
        Modules.ParameterInitialization.Initialize(arena, configuration.Seed);
        optimizer = new AdamW(session, arena, AdamWOptions.Of(configuration));
    }

    public NetworkState State => new("discriminator", arena, optimizer);

    /// <summary>The gradient that pulls reconstructions towards what the discriminator takes for real.</summary>
    /// <param name="reconstruction">[batch, height, width, 3].</param>
    /// <param name="features">What the decoder's last layer made it of.</param>
    /// <param name="reconstructionGradient">Of the other losses, for the adaptive weight.</param>
    /// <param name="decoder">Whose last layer decides the weight.</param>
    /// <returns>The generator's loss, its weight, and the weighted gradient of the image.</returns>
    public (float Loss, float Weight, Tensor Gradient) GeneratorGradient(
        Tensor reconstruction, Tensor features, Tensor reconstructionGradient, Decoder decoder)
    {
        var generator = ImageLoss.Of(
            reconstruction, image => LossFunctions.Hinge(discriminator.Forward(image, isTraining: true), HingeSide.Generator).Mean);
        var ratio = LastLayerNorm(features, reconstructionGradient, decoder)
            / (LastLayerNorm(features, generator.Gradient, decoder) + WeightEpsilon);
        var weight = Math.Clamp(ratio, 0, MaximumWeight) * configuration.DiscriminatorWeight;
        return (generator.Value.ToScalar(), weight, Elementwise.Affine(generator.Gradient, weight));
    }

    /// <summary>Forgets what <see cref="GeneratorGradient"/> left in the discriminator's gradients.</summary>
    public void BeginStep() => arena.ClearGradients();

    /// <summary>Adds the gradients of one batch of real and reconstructed images.</summary>
    /// <param name="real">[batch, height, width, 3].</param>
    /// <param name="reconstructed">The same shape.</param>
    /// <param name="part">Of the step that this batch is.</param>
    /// <returns>The discriminator's loss.</returns>
    public float Accumulate(Tensor real, Tensor reconstructed, float part)
    {
        using var tape = session.BeginTape();
        var loss = Arithmetic.ScaledAdd(
            LossFunctions.Hinge(discriminator.Forward(real, isTraining: true), HingeSide.Real).Mean,
            0.5f * part,
            LossFunctions.Hinge(discriminator.Forward(reconstructed, isTraining: true), HingeSide.Fake).Mean,
            0.5f * part);
        tape.Backward(loss);
        return loss.ToScalar() / part;
    }

    /// <returns>The norm of the gradients.</returns>
    public float Step(float learningRateScale) => optimizer.Step(learningRateScale).ToScalar();

    public void Dispose()
    {
        optimizer.Dispose();
        arena.Dispose();
    }

    private static float LastLayerNorm(Tensor features, Tensor imageGradient, Decoder decoder)
    {
        using var tape = features.Session.BeginTape();
        var weights = decoder.LastWeight.View(decoder.LastWeight.Shape, 0, requiresGradient: true);
        tape.Backward(decoder.Project(Structure.Detach(features), weights), imageGradient);
        return Reductions.Norm(features.Session, tape.GradientOf(weights).Single).ToScalar();
    }
}
