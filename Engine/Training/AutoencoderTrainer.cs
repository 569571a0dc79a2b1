using System.Diagnostics;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Training;

/// <summary>
/// Trains an autoencoder of either kind: absolute (and squared) error, optionally a perceptual loss, the quantiser's loss or the
/// divergence, and from a step on a patch discriminator. What a step does follows from the seed, the step's number and the state.
/// </summary>
public sealed class AutoencoderTrainer : Trainer
{
    private readonly Session session;
    private readonly ModelConfiguration model;
    private readonly AutoencoderTrainingConfiguration configuration;
    private readonly IImageSource data;
    private readonly PerceptualLoss? perceptual;
    private readonly SampleOrder order;
    private readonly AdamW optimizer;
    private readonly AdversarialTraining? adversarial;
    private readonly NonFiniteGuard guard;
    private readonly CodebookUse? codebookUse;

    /// <param name="session">Where the networks live.</param>
    /// <param name="model">Whose first stage is trained.</param>
    /// <param name="configuration">Settings.</param>
    /// <param name="data">The training set.</param>
    /// <param name="perceptual">Stays the caller's; null for none.</param>
    /// <exception cref="ArgumentException">A configuration contradicts itself.</exception>
    /// <exception cref="Kernels.DeviceMemoryException">The device has too little memory.</exception>
    public AutoencoderTrainer(
        Session session,
        ModelConfiguration model,
        AutoencoderTrainingConfiguration configuration,
        IImageSource data,
        PerceptualLoss? perceptual = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(data);
        model.Validate();
        configuration.Validate();
        this.session = session;
        this.model = model;
        this.configuration = configuration;
        this.data = data;
        this.perceptual = perceptual;
        order = new SampleOrder(configuration.Seed, data.Count, configuration.Mirror);
        guard = new NonFiniteGuard(configuration.StopAfterSkipped);
        FirstStage = new FirstStage(session, model.FirstStage, withGradients: true);
        FirstStage.Arena.Initialize(configuration.Seed);
        optimizer = new AdamW(session, FirstStage.Arena, AdamWOptions.Of(configuration));
        adversarial = configuration.DiscriminatorStart is null ? null : new AdversarialTraining(session, configuration);
        codebookUse = model.FirstStage.Vq is { } vq ? new CodebookUse(vq.Codewords) : null;
    }

    public FirstStage FirstStage { get; }

    /// <inheritdoc/>
    public override string Kind => "autoencoder";

    /// <inheritdoc/>
    public override string DataFingerprint => data.Fingerprint;

    internal override IReadOnlyList<NetworkState> States
    {
        get
        {
            var own = new NetworkState("network", FirstStage.Arena, optimizer);
            return adversarial is null ? [own] : [own, adversarial.State];
        }
    }

    /// <summary>One step of the autoencoder and, once it takes part, of the discriminator.</summary>
    /// <exception cref="TrainingDivergedException">Gradients were not finite too many times in a row.</exception>
    public override TrainingStep Step()
    {
        var start = Stopwatch.GetTimestamp();
        var rate = configuration.LearningRateScale(Steps);
        var first = (long)Steps * configuration.ImagesPerStep;
        var isAdversarial = adversarial is not null && Steps >= configuration.DiscriminatorStart;
        Steps++;
        using var scope = session.BeginWithoutGradient();
        FirstStage.Arena.ClearGradients();
        var sums = new Dictionary<string, float>();
        var pairs = new List<(Tensor Real, Tensor Reconstructed)>();
        for (var pass = 0; pass < configuration.Accumulate; pass++)
        {
            var images = Images(first + ((long)pass * configuration.Batch));
            pairs.Add((images, Accumulate(images, first + ((long)pass * configuration.Batch), isAdversarial, sums)));
        }

        var norm = optimizer.Step(rate).ToScalar();
        var discriminatorNorm = 0f;
        if (isAdversarial)
        {
            adversarial!.BeginStep();
            foreach (var (real, reconstructed) in pairs)
            {
                Add(sums, "discriminator", adversarial.Accumulate(real, reconstructed, 1f / configuration.Accumulate));
            }

            discriminatorNorm = adversarial.Step(rate);
        }

        var isAccepted = guard.Accepts(Steps, norm, discriminatorNorm);
        var details = sums.Select(entry => (entry.Key, entry.Value / configuration.Accumulate)).ToList();
        details.Add(("learning_rate", configuration.LearningRate * rate));
        if (codebookUse is not null)
        {
            details.Add(("codebook_use", codebookUse.Share));
        }

        return new TrainingStep(
            Steps,
            sums["total"] / configuration.Accumulate,
            norm,
            !isAccepted,
            configuration.ImagesPerStep,
            Stopwatch.GetElapsedTime(start))
        {
            Details = [.. details.Where(detail => detail.Key != "total")],
        };
    }

    /// <inheritdoc/>
    public override void WriteModel(string path) => ModelFile.Write(
        path, model with { UNet = null }, Files.ElementType.F32, [new ModelFilePart(FirstStage.Arena, FirstStage.Prefix)]);

    /// <inheritdoc/>
    public override RgbImage DrawSamples() => TrainingSamples.Reconstructions(session, model, FirstStage, data);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            adversarial?.Dispose();
            optimizer.Dispose();
            FirstStage.Dispose();
        }
    }

    /// <summary>Adds the gradients of one batch, as its part of the step, and the parts of its loss to the sums.</summary>
    /// <returns>The reconstructions, without a tape.</returns>
    private Tensor Accumulate(Tensor images, long first, bool isAdversarial, Dictionary<string, float> sums)
    {
        using var tape = session.BeginTape();
        var (features, penalty) = Bottleneck(images, first, sums);
        var reconstruction = Decoder.Project(features);
        var error = ImageLoss.Of(Structure.Detach(reconstruction), image => ReconstructionLoss(image, images));
        Add(sums, "reconstruction", error.Value.ToScalar());
        var gradient = error.Gradient;
        if (isAdversarial)
        {
            var generator = adversarial!.GeneratorGradient(
                Structure.Detach(reconstruction), Structure.Detach(features), error.Gradient, Decoder);
            Add(sums, "generator", generator.Loss);
            Add(sums, "adaptive_weight", generator.Weight);
            gradient = Arithmetic.Add(gradient, generator.Gradient);
        }

        // A scalar whose gradient with respect to the image is the one found: a tape runs backwards from one output.
        var scalar = Arithmetic.Add(Reductions.Sum(Arithmetic.Multiply(reconstruction, gradient)), penalty);
        Add(sums, "total", error.Value.ToScalar() + penalty.ToScalar());
        tape.Backward(Elementwise.Affine(scalar, 1f / configuration.Accumulate));
        return tape.Return(Structure.Detach(reconstruction));
    }

    /// <summary>Image to what the decoder's last layer sees, with the weighted loss of the bottleneck.</summary>
    private (Tensor Features, Tensor Penalty) Bottleneck(Tensor images, long first, Dictionary<string, float> sums)
    {
        if (FirstStage.Vq is { } vq)
        {
            var quantization = vq.Quantize(vq.Encode(images));
            Add(sums, "quantisation", quantization.Loss.ToScalar());
            codebookUse!.Count(quantization.Indices.Int32.ToArray());
            return (vq.Features(quantization.Quantized), Elementwise.Affine(quantization.Loss, configuration.CodebookWeight));
        }

        var kl = FirstStage.Kl!;
        var distribution = kl.Encode(images);
        var key = new RandomKey { Seed = configuration.Seed, Stream = TrainingStreams.Posterior, FirstImage = checked((int)first) };
        var noise = RandomTensors.Normal(session, distribution.Mean.Shape, key);
        var divergence = Reductions.Mean(distribution.Divergence());
        Add(sums, "divergence", divergence.ToScalar());

        // Per pixel value, as the errors are means: the reference sums both over an image.
        var perValue = configuration.DivergenceWeight / images.Shape.ElementsAfter(0);
        return (kl.Features(distribution.Sample(noise)), Elementwise.Affine(divergence, perValue));
    }

    private Decoder Decoder => FirstStage.Vq?.Decoder ?? FirstStage.Kl!.Decoder;

    private Tensor ReconstructionLoss(Tensor image, Tensor truth)
    {
        var loss = LossFunctions.AbsoluteError(image, truth).Mean;
        if (configuration.SquaredWeight > 0)
        {
            loss = Arithmetic.ScaledAdd(loss, 1, LossFunctions.SquaredError(image, truth).Mean, configuration.SquaredWeight);
        }

        return perceptual is not null && configuration.PerceptualWeight > 0
            ? Arithmetic.ScaledAdd(loss, 1, perceptual.Forward(image, truth), configuration.PerceptualWeight)
            : loss;
    }

    private Tensor Images(long first)
    {
        var draws = order.Take(first, configuration.Batch);
        var pixels = new byte[draws.Length * model.ImageSize * model.ImageSize * 3];
        data.Read(draws, pixels);
        return ImagePixels.ToTensor(session, pixels, draws.Length, model.ImageSize);
    }

    private static void Add(Dictionary<string, float> sums, string name, float value) =>
        sums[name] = sums.GetValueOrDefault(name) + value;
}
