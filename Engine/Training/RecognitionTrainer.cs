using System.Diagnostics;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Recognition;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Training;

/// <summary>
/// Trains a network that reads faces. What a step does follows from the seed, the step's number and the state, so that a resumed training
/// repeats an uninterrupted one bit by bit.
/// </summary>
public abstract class RecognitionTrainer : Trainer
{
    private readonly RecognitionTrainingConfiguration configuration;
    private readonly SampleOrder order;
    private readonly AdamW optimizer;
    private readonly NonFiniteGuard guard;

    private protected RecognitionTrainer(
        Session session, LayerList layers, RecognitionTrainingConfiguration configuration, IFaceSource data)
    {
        configuration.Validate();
        Session = session;
        Data = data;
        this.configuration = configuration;
        order = new SampleOrder(configuration.Seed, data.Count, configuration.Mirror);
        guard = new NonFiniteGuard(configuration.StopAfterSkipped);
        Network = new LayerNetwork(layers);
        Arena = Network.Materialize(session, withGradients: true);
        Arena.Initialize(configuration.Seed);
        optimizer = new AdamW(session, Arena, AdamWOptions.Of(configuration));
    }

    public LayerNetwork Network { get; }

    /// <summary>The weights that are trained.</summary>
    public ParameterArena Arena { get; }

    /// <inheritdoc/>
    public override string DataFingerprint => Data.Fingerprint;

    internal override IReadOnlyList<NetworkState> States => [new NetworkState("network", Arena, optimizer)];

    private protected Session Session { get; }

    private protected IFaceSource Data { get; }

    /// <summary>The layer list as the model file holds it.</summary>
    private protected virtual LayerList StoredLayers => Network.Layers;

    /// <inheritdoc/>
    public override TrainingStep Step()
    {
        var start = Stopwatch.GetTimestamp();
        var rate = configuration.LearningRateScale(Steps);
        var first = (long)Steps * configuration.ImagesPerStep;
        Steps++;
        Arena.ClearGradients();
        var loss = 0f;
        for (var pass = 0; pass < configuration.Accumulate; pass++)
        {
            loss += Accumulate(first + ((long)pass * configuration.Batch));
        }

        using var scope = Session.BeginWithoutGradient();
        var norm = optimizer.Step(rate).ToScalar();
        var isAccepted = guard.Accepts(Steps, norm);
        return new TrainingStep(Steps, loss, norm, !isAccepted, configuration.ImagesPerStep, Stopwatch.GetElapsedTime(start))
        {
            Details = [("learning_rate", configuration.LearningRate * rate)],
        };
    }

    /// <inheritdoc/>
    public override void WriteModel(string path)
    {
        using var writer = new SafeTensorsWriter(
            path,
            Arena.Parameters.Select(parameter => new TensorDeclaration(parameter.Name, Files.ElementType.F32, [.. parameter.Specification.FileShape])),
            new Dictionary<string, string> { [ModelFile.FormatKey] = "1", [RecognitionModel.LayersKey] = StoredLayers.Write() });
        foreach (var parameter in Arena.Parameters)
        {
            writer.Write(parameter.Name, ParameterLayouts.ToFile(parameter.Specification, parameter.ToArray()));
        }

        writer.Commit();
    }

    /// <summary>What is minimised for a batch.</summary>
    /// <param name="output">Of the network.</param>
    /// <param name="draws">The batch.</param>
    /// <returns>A scalar.</returns>
    private protected abstract Tensor Loss(Tensor output, TrainingDraw[] draws);

    /// <summary>The network's output for some images.</summary>
    private protected Tensor Run(TrainingDraw[] draws, byte[] pixels, bool isTraining)
    {
        Data.Read(draws, pixels);
        return Network.Forward(RecognitionModel.Normalize(Session, Network.Layers, pixels), isTraining);
    }

    /// <summary>Bytes of some images.</summary>
    private protected byte[] Pixels(int count) => new byte[count * Network.Layers.InputSize * Network.Layers.InputSize * 3];

    /// <summary>The first images of the set, not mirrored.</summary>
    private protected TrainingDraw[] FirstImages(int count) =>
        [.. Enumerable.Range(0, Math.Min(count, Data.Count)).Select(image => new TrainingDraw(image, false))];

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            optimizer.Dispose();
            Arena.Dispose();
        }
    }

    /// <summary>Adds the gradients of one batch, as its part of the step.</summary>
    /// <returns>Its part of the loss.</returns>
    private float Accumulate(long first)
    {
        var draws = order.Take(first, configuration.Batch);
        using var tape = Session.BeginTape();
        var loss = Loss(Run(draws, Pixels(draws.Length), isTraining: true), draws);
        var part = configuration.Accumulate == 1 ? loss : Elementwise.Affine(loss, 1f / configuration.Accumulate);
        tape.Backward(part);
        return part.ToScalar();
    }
}
