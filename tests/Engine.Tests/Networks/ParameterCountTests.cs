using KernelDiff.Engine.Networks;

namespace KernelDiff.Engine.Tests.Networks;

/// <summary>Numbers of tensors and parameters of published configurations, counted from the reference implementation.</summary>
[TestFixture]
public sealed class ParameterCountTests
{
    [Test]
    public void The_unconditional_CelebA_HQ_network_has_274_056_163_parameters_in_368_tensors() =>
        AssertCounts(new UNet(CelebAHq), 368, 274_056_163);

    [TestCase(128, 406_284_035)]
    [TestCase(256, 409_093_891)]
    [TestCase(512, 414_713_603)]
    [TestCase(768, 420_333_315)]
    public void The_conditional_CelebA_HQ_network_has_688_tensors(int contextChannels, long parameters) =>
        AssertCounts(new UNet(CelebAHq with { SpatialTransformer = true, ContextChannels = contextChannels }), 688, parameters);

    [Test]
    public void The_vq_f4_autoencoder_has_55_322_782_parameters_in_205_tensors() => AssertCounts(
        new VqAutoencoder(new VqAutoencoderConfiguration
        {
            Encoder = new EncoderConfiguration
            {
                DoubleLatent = false,
                LatentChannels = 3,
                Resolution = 256,
                InputChannels = 3,
                OutputChannels = 3,
                Channels = 128,
                ChannelMultipliers = [1, 2, 4],
                ResidualBlocks = 2,
            },
            Codewords = 8192,
            LatentChannels = 3,
        }),
        205,
        55_322_782);

    [Test]
    public void Names_are_those_of_the_state_dict()
    {
        var names = new UNet(CelebAHq).Specifications.Select(specification => specification.Name).ToHashSet();
        Assert.That(names, Is.SupersetOf(new[]
        {
            "time_embed.0.weight",
            "input_blocks.0.0.weight",
            "input_blocks.1.0.in_layers.0.weight",
            "input_blocks.1.0.emb_layers.1.bias",
            "input_blocks.3.0.op.weight",
            "input_blocks.4.0.skip_connection.weight",
            "input_blocks.4.1.qkv.weight",
            "middle_block.1.proj_out.bias",
            "output_blocks.2.2.conv.weight",
            "output_blocks.11.0.out_layers.3.weight",
            "out.2.bias",
        }));
    }

    private static UNetConfiguration CelebAHq => new()
    {
        ImageSize = 64,
        InputChannels = 3,
        OutputChannels = 3,
        ModelChannels = 224,
        AttentionResolutions = [8, 4, 2],
        ResidualBlocks = 2,
        ChannelMultipliers = [1, 2, 3, 4],
        HeadChannels = 32,
    };

    private static void AssertCounts(Modules.Module network, int tensors, long parameters)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(network.Specifications, Has.Count.EqualTo(tensors));
            Assert.That(network.ParameterCount, Is.EqualTo(parameters));
        }
    }
}
