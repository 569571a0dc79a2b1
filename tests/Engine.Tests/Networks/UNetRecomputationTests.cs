using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Engine.Tests.Networks;

/// <summary>Training with <c>use_checkpoint</c>: which levels are computed again, and that it changes nothing but memory.</summary>
[TestFixture]
public sealed class UNetRecomputationTests
{
    private const int Edge = 16;
    private const int Tokens = 5;
    private const int ContextChannels = 24;

    // Maps of 1, 1/4, 1/8 and 1/32 of the largest.
    private static readonly UNetConfiguration Configuration = new()
    {
        InputChannels = 3,
        OutputChannels = 3,
        ModelChannels = 32,
        AttentionResolutions = [2, 4, 8],
        ResidualBlocks = 1,
        ChannelMultipliers = [1, 1, 2, 2],
        HeadChannels = 16,
        SpatialTransformer = true,
        ContextChannels = ContextChannels,
        Checkpointing = true,
    };

    [Test]
    public void Levels_of_the_smallest_maps_keep_their_activations() => Assert.Multiple(() =>
    {
        Assert.That(Enumerable.Range(0, 4).Select(Configuration.Recomputes), Is.EqualTo(new[] { true, true, true, false }));
        Assert.That(Enumerable.Range(0, 4).Select((Configuration with { Checkpointing = false }).Recomputes), Has.All.False);
    });

    [Test]
    public void Gradients_are_those_of_a_training_that_keeps_everything_and_memory_is_less()
    {
        var (kept, keptPeak, _) = Gradients(Configuration with { Checkpointing = false });
        var (recomputed, peak, _) = Gradients(Configuration);
        Assert.That(peak, Is.LessThan(0.7 * keptPeak));
        Assert.That(kept.Max(MathF.Abs), Is.GreaterThan(1e-3), "there are gradients to compare");

        // What many stages read collects its gradient in another order: a few roundings of sums.
        var allowed = 1e-5 * kept.Max(MathF.Abs);
        Assert.That(kept.Zip(recomputed, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(allowed));
    }

    /// <summary>Of the two blocks that end at the largest maps, the first is computed twice; strided convolutions once each.</summary>
    [Test]
    public void Neither_the_last_block_nor_what_keeps_only_its_input_is_computed_again()
    {
        var (_, _, convolutions) = Gradients(Configuration);
        Assert.Multiple(() =>
        {
            Assert.That(convolutions.Count(shape => shape.StartsWith("2x16x16x64-32 3x3", StringComparison.Ordinal)), Is.EqualTo(3));
            Assert.That(convolutions.Count(shape => shape.Contains("stride 2", StringComparison.Ordinal)), Is.EqualTo(3));
        });
    }

    /// <summary>All gradients of a step, the most memory that it takes beside the parameters, and the shapes of its convolutions.</summary>
    private static (float[] Gradients, long Peak, List<string> Convolutions) Gradients(UNetConfiguration configuration)
    {
        using var device = new CpuDevice(new DeviceOptions());
        using var session = new Session(device);
        var network = new UNet(configuration);
        using var arena = network.Materialize(session, withGradients: true);
        arena.TrainedValues.CopyFrom(Normal(arena.TrainedValues.Length, 1, 0.1f));
        var convolutions = new List<string>();
        device.Timeline.Launched += launch =>
        {
            if (launch.Operation == "convolution")
            {
                convolutions.Add(launch.Shape);
            }
        };
        device.Pool.ResetPeak();
        var before = device.Pool.LiveBytes;
        using (var tape = session.BeginTape())
        {
            var latent = Values(new TensorShape(2, Edge, Edge, 3), 2);
            var context = Values(new TensorShape(2, Tokens, ContextChannels), 3);
            var prediction = network.Forward(latent, session.FromValues<float>([10, 700], new TensorShape(2)), context);
            tape.Backward(LossFunctions.SquaredError(prediction, Values(prediction.Shape, 4)).Mean);
        }

        return (arena.Gradients.ToArray(), device.Pool.PeakBytes - before, convolutions);

        Tensor Values(TensorShape shape, int seed) => session.FromValues<float>(Normal(shape.Elements, seed, 1), shape);
    }

    private static float[] Normal(int count, int seed, float deviation)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(_ => deviation
                * MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle())),
        ];
    }
}
