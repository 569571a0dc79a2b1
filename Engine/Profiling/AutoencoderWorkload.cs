using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Profiling;

/// <summary>Encodes or decodes images with a vector-quantised autoencoder.</summary>
internal sealed class AutoencoderWorkload : NetworkWorkload
{
    private readonly VqAutoencoder network;
    private readonly bool decodes;

    public AutoencoderWorkload(Session session, VqAutoencoderConfiguration configuration, int batch, bool decodes)
        : this(session, configuration, new VqAutoencoder(configuration), batch, decodes)
    {
    }

    private AutoencoderWorkload(
        Session session, VqAutoencoderConfiguration configuration, VqAutoencoder network, int batch, bool decodes)
        : base(session, network, withGradients: false)
    {
        this.network = network;
        this.decodes = decodes;
        var edge = configuration.Encoder.Resolution / (decodes ? configuration.Encoder.Factor : 1);
        InputShape = new TensorShape(batch, edge, edge, decodes ? configuration.LatentChannels : configuration.Encoder.InputChannels);
    }

    public override TensorShape InputShape { get; }

    private protected override void RunOnce()
    {
        using var scope = Session.BeginWithoutGradient();
        var input = Normal(1, InputShape);
        _ = decodes ? network.Decode(input) : network.Encode(input);
    }
}
