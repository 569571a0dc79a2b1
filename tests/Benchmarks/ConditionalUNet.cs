using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;

namespace KernelDiff.Benchmarks;

/// <summary>
/// A UNet of 64 channels times 1, 2, 3, 4 on 8 latents of 32 x 32, with cross-attention to 20 tokens of 128 channels: one prediction, or
/// one training step (forward, backward, AdamW, moving average) that keeps its activations.
/// </summary>
internal sealed class ConditionalUNet : IDisposable
{
    public const int Batch = 8;

    private const int Edge = 32;
    private const int Tokens = 20;

    private static readonly UNetConfiguration Configuration = new()
    {
        ImageSize = Edge,
        InputChannels = 3,
        OutputChannels = 3,
        ModelChannels = 64,
        AttentionResolutions = [8, 4, 2],
        ResidualBlocks = 2,
        ChannelMultipliers = [1, 2, 3, 4],
        HeadChannels = 32,
        SpatialTransformer = true,
        ContextChannels = 128,
    };

    private readonly Session session;
    private readonly UNet network = new(Configuration);
    private readonly ParameterArena arena;
    private readonly AdamW? optimizer;
    private readonly ExponentialMovingAverage? average;
    private readonly float[] latents = Uniform(Batch * Edge * Edge * 3);
    private readonly float[] noise = Uniform(Batch * Edge * Edge * 3);
    private readonly float[] context = Uniform(Batch * Tokens * 128);

    public ConditionalUNet(Session session, bool isTraining)
    {
        this.session = session;
        arena = network.Materialize(session, isTraining);
        arena.Initialize(seed: 1);
        if (isTraining)
        {
            optimizer = new AdamW(session, arena, new AdamWOptions());
            average = new ExponentialMovingAverage(session, arena);
        }
    }

    public void Run()
    {
        if (optimizer is null)
        {
            using var scope = session.BeginWithoutGradient();
            Predict();
        }
        else
        {
            Train();
        }

        session.Device.Synchronize();
    }

    public void Dispose()
    {
        optimizer?.Dispose();
        average?.Dispose();
        arena.Dispose();
    }

    private static float[] Uniform(int length)
    {
        var random = new Random(length);
        return [.. Enumerable.Range(0, length).Select(_ => (2 * random.NextSingle()) - 1)];
    }

    private void Train()
    {
        arena.ClearGradients();
        using (var tape = session.BeginTape())
        {
            var target = session.FromValues<float>(noise, new TensorShape(Batch, Edge, Edge, 3));
            tape.Backward(LossFunctions.SquaredError(Predict(), target).Mean);
        }

        using var scope = session.BeginScope();
        optimizer!.Step();
        average!.Update();
    }

    private Tensor Predict() => network.Forward(
        session.FromValues<float>(latents, new TensorShape(Batch, Edge, Edge, 3)),
        session.FromValues<float>(Enumerable.Repeat(500f, Batch).ToArray(), new TensorShape(Batch)),
        session.FromValues<float>(context, new TensorShape(Batch, Tokens, 128)));
}
