using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Engine.Tests.Networks;

/// <summary>What is alive at each launch of a forward pass, workspace and parameters not counted.</summary>
[TestFixture]
public sealed class ActivationMemoryTests
{
    private CpuDevice device = null!;
    private Session session = null!;

    [SetUp]
    public void Open()
    {
        device = new CpuDevice(new DeviceOptions());
        session = new Session(device);
    }

    [TearDown]
    public void Close()
    {
        session.Dispose();
        device.Dispose();
    }

    [Test]
    public void The_UNet_holds_no_skip_any_more_when_it_computes_its_output()
    {
        const int Edge = 32;
        const int Channels = 32;
        var network = new UNet(new UNetConfiguration
        {
            InputChannels = 3,
            OutputChannels = 3,
            ModelChannels = Channels,
            AttentionResolutions = [],
            ResidualBlocks = 4,
            ChannelMultipliers = [1, 1],
            Heads = 1,
        });
        var latent = session.Zeros(new TensorShape(1, Edge, Edge, 3));
        var live = LiveBytes(network, () => network.Forward(latent, session.Zeros(new TensorShape(1))));

        // What the last norm reads is gone; its output and the prediction are there, and the small embeddings.
        const int Map = Edge * Edge * Channels * sizeof(float);
        Assert.That(live[^1], Is.LessThan(1.25 * Map));
    }

    [Test]
    public void The_decoder_never_holds_more_than_two_and_a_half_of_its_widest_maps()
    {
        const int Edge = 64;
        const int Channels = 32;
        var network = new VqAutoencoder(new VqAutoencoderConfiguration
        {
            Encoder = new EncoderConfiguration
            {
                DoubleLatent = false,
                LatentChannels = 3,
                Resolution = Edge,
                InputChannels = 3,
                OutputChannels = 3,
                Channels = Channels,
                ChannelMultipliers = [1, 2],
                ResidualBlocks = 2,
            },
            Codewords = 16,
            LatentChannels = 3,
        });
        var latent = session.Zeros(new TensorShape(1, Edge / 2, Edge / 2, 3));
        var live = LiveBytes(network, () => network.Decode(latent));

        // Input (widest), its norm, the result of the first convolution with half as many channels; latent and code book are small.
        const int Widest = Edge * Edge * 2 * Channels * sizeof(float);
        Assert.That(live.Max(), Is.LessThan(2.6 * Widest));
    }

    private List<long> LiveBytes(Module network, Func<Tensor> forward)
    {
        using var arena = network.Materialize(session, withGradients: false);
        using var scope = session.BeginWithoutGradient();
        var before = device.Pool.LiveBytes;
        var live = new List<long>();
        device.Timeline.Launched += _ => live.Add(device.Pool.LiveBytes - before);
        forward();
        return live;
    }
}
