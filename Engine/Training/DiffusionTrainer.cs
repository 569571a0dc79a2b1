using System.Diagnostics;
using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Diffusion;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Sampling;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Training;

/// <summary>
/// Trains a conditioned UNet to see the noise in latents: mean squared error of the noise, times the P2 weight of the timestep. What a
/// step does follows from the seed, the step's number and the state, so that a resumed training repeats an uninterrupted one bit by bit.
/// </summary>
public sealed class DiffusionTrainer : Trainer
{
    private readonly Session session;
    private readonly ModelConfiguration model;
    private readonly DiffusionTrainingConfiguration configuration;
    private readonly ILatentSource data;
    private readonly FirstStage firstStage;
    private readonly SampleOrder order;
    private readonly ConditionDropping dropping;
    private readonly NoiseSchedule schedule;
    private readonly double[] weights;
    private readonly float scale;
    private readonly AdamW optimizer;
    private readonly NonFiniteGuard guard;

    /// <param name="session">Where the network lives.</param>
    /// <param name="model">With a UNet and a known scale factor.</param>
    /// <param name="configuration">Settings.</param>
    /// <param name="data">The training set.</param>
    /// <param name="firstStage">What encoded it; stays the caller's.</param>
    /// <exception cref="ArgumentException">A configuration contradicts itself.</exception>
    /// <exception cref="Kernels.DeviceMemoryException">The device has too little memory.</exception>
    public DiffusionTrainer(
        Session session,
        ModelConfiguration model,
        DiffusionTrainingConfiguration configuration,
        ILatentSource data,
        FirstStage firstStage)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(firstStage);
        model.Validate();
        configuration.Validate();
        this.session = session;
        this.model = model;
        this.configuration = configuration;
        this.data = data;
        this.firstStage = firstStage;
        scale = (float)(model.Diffusion.ScaleFactor
            ?? throw new ArgumentException("The scale factor of the latents must be measured before training.", nameof(model)));
        order = new SampleOrder(configuration.Seed, data.Count, configuration.Mirror);
        dropping = new ConditionDropping(configuration);
        schedule = model.Diffusion.Build();
        weights = new P2Weighting(configuration.P2Offset, configuration.P2Exponent).Weights(schedule);
        guard = new NonFiniteGuard(configuration.StopAfterSkipped);
        Network = new ConditionedUNet(model);
        Arena = Network.Materialize(session, withGradients: true);
        Arena.Initialize(configuration.Seed);
        optimizer = new AdamW(session, Arena, AdamWOptions.Of(configuration));
        Average = new ExponentialMovingAverage(session, Arena, configuration.EmaDecay);
    }

    public ConditionedUNet Network { get; }

    /// <summary>The weights that are trained.</summary>
    public ParameterArena Arena { get; }

    /// <summary>The weights that sampling uses.</summary>
    public ExponentialMovingAverage Average { get; }

    /// <inheritdoc/>
    public override string Kind => "diffusion";

    /// <inheritdoc/>
    public override string DataFingerprint => data.Fingerprint;

    internal override IReadOnlyList<NetworkState> States => [new NetworkState("network", Arena, optimizer, Average)];

    /// <inheritdoc/>
    public override TrainingStep Step()
    {
        var start = Stopwatch.GetTimestamp();
        var learningRateScale = configuration.LearningRateScale(Steps);
        var first = (long)Steps * configuration.ImagesPerStep;
        Steps++;
        Arena.ClearGradients();
        var loss = 0f;
        for (var pass = 0; pass < configuration.Accumulate; pass++)
        {
            loss += Accumulate(first + ((long)pass * configuration.Batch));
        }

        using var scope = session.BeginWithoutGradient();
        var norm = optimizer.Step(learningRateScale).ToScalar();
        var isAccepted = guard.Accepts(Steps, norm);
        if (isAccepted)
        {
            Average.Update();
        }

        return new TrainingStep(Steps, loss, norm, !isAccepted, configuration.ImagesPerStep, Stopwatch.GetElapsedTime(start))
        {
            Details = [("learning_rate", configuration.LearningRate * learningRateScale)],
        };
    }

    /// <summary>Runs a function while the network holds the averaged weights.</summary>
    public T WithAverage<T>(Func<T> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        using var scope = session.BeginWithoutGradient();
        var kept = session.Empty(new TensorShape(Arena.Values.Length));
        kept.Single.CopyFrom(Arena.Values);
        Arena.Values.CopyFrom(Average.Values);
        try
        {
            return function();
        }
        finally
        {
            Arena.Values.CopyFrom(kept.Single);
        }
    }

    /// <inheritdoc/>
    public override void WriteModel(string path) => ModelFile.Write(
        path,
        model,
        Files.ElementType.F32,
        [
            new ModelFilePart(Arena, "", parameter => Average.ValueOf(parameter).ToArray()),
            new ModelFilePart(firstStage.Arena, FirstStage.Prefix),
        ]);

    /// <inheritdoc/>
    public override RgbImage DrawSamples() => WithAverage(() =>
        TrainingSamples.Diffusion(session, model, Network, firstStage, data, configuration.Seed));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Average.Dispose();
            optimizer.Dispose();
            Arena.Dispose();
        }
    }

    /// <summary>Adds the gradients of one batch, as its part of the step.</summary>
    /// <returns>Its part of the loss.</returns>
    private float Accumulate(long first)
    {
        using var tape = session.BeginTape();
        var batch = configuration.Batch;
        var shape = new TensorShape(batch, model.LatentSize, model.LatentSize, model.FirstStage.LatentChannels);
        var (latents, conditions) = Read(first, shape);
        var (timesteps, signal, noiseLevel, lossWeights) = DrawTimesteps(first);
        var noiseKey = new RandomKey { Seed = configuration.Seed, Stream = TrainingStreams.Noise, FirstImage = checked((int)first) };
        var noise = RandomTensors.Normal(session, shape, noiseKey);
        var noisy = Arithmetic.Mix(latents, signal, noise, noiseLevel);
        var dropoutKey = new RandomKey
        {
            Seed = configuration.Seed,
            Stream = TrainingStreams.Dropout,
            FirstImage = checked((int)first),
        };
        var predicted = Network.Forward(noisy, timesteps, Network.Encode(session, conditions), dropoutKey);
        var loss = LossFunctions.SquaredError(predicted, noise, lossWeights).Mean;
        var part = configuration.Accumulate == 1 ? loss : Elementwise.Affine(loss, 1f / configuration.Accumulate);
        tape.Backward(part);
        return part.ToScalar();
    }

    private (Tensor Latents, ConditionBatch Conditions) Read(long first, TensorShape shape)
    {
        var values = new float[shape.Elements];
        var size = shape.Elements / shape[0];
        var conditions = new ConditionBatch(shape[0], model.Conditioning.MaskSize);
        var labels = new byte[conditions.MaskSize * conditions.MaskSize];
        for (var i = 0; i < shape[0]; i++)
        {
            var draw = order.At(first + i);
            data.Read(draw.Image, draw.IsMirrored, values.AsSpan(i * size, size), labels);
            dropping.Set(conditions, i, first + i, data.Attributes(draw.Image), labels);
        }

        var latents = session.FromValues<float>(values, shape);
        return (scale == 1 ? latents : Elementwise.Affine(latents, scale), conditions);
    }

    private (Tensor Timesteps, Tensor Signal, Tensor Noise, Tensor Weights) DrawTimesteps(long first)
    {
        var count = configuration.Batch;
        var (timesteps, signal, noise, lossWeights) = (new float[count], new float[count], new float[count], new float[count]);
        for (var i = 0; i < count; i++)
        {
            var timestep = new Philox(configuration.Seed, TrainingStreams.Timestep, (ulong)(first + i)).Next(schedule.Timesteps);
            var alpha = schedule.AlphasCumulative[timestep];
            timesteps[i] = timestep;
            signal[i] = (float)Math.Sqrt(alpha);
            noise[i] = (float)Math.Sqrt(1 - alpha);
            lossWeights[i] = (float)weights[timestep];
        }

        return (Vector(timesteps), Vector(signal), Vector(noise), Vector(lossWeights));
    }

    private Tensor Vector(float[] values) => session.FromValues<float>(values, new TensorShape(values.Length));
}
