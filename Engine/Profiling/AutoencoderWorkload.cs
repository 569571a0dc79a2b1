using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Profiling;

/// <summary>Encodes or decodes images with a model's first stage.</summary>
internal sealed class AutoencoderWorkload : NetworkWorkload
{
    private readonly Action<Tensor> work;

    public AutoencoderWorkload(Session session, ModelConfiguration configuration, int batch, bool decodes)
        : this(session, configuration, Create(configuration.FirstStage, decodes), batch, decodes)
    {
    }

    private AutoencoderWorkload(
        Session session, ModelConfiguration configuration, (Module Network, Action<Tensor> Work) part, int batch, bool decodes)
        : base(session, part.Network, withGradients: false)
    {
        work = part.Work;
        var edge = decodes ? configuration.LatentSize : configuration.ImageSize;
        InputShape = new TensorShape(
            batch, edge, edge, decodes ? configuration.FirstStage.LatentChannels : configuration.FirstStage.Encoder.InputChannels);
    }

    public override TensorShape InputShape { get; }

    private protected override void RunOnce()
    {
        using var scope = Session.BeginWithoutGradient();
        work(Normal(1, InputShape));
    }

    private static (Module Network, Action<Tensor> Work) Create(FirstStageConfiguration configuration, bool decodes)
    {
        if (configuration.Vq is { } vq)
        {
            var network = new VqAutoencoder(vq);
            return (network, input => _ = decodes ? network.Decode(input) : network.Encode(input));
        }
        else
        {
            var network = new KlAutoencoder(configuration.Kl!);
            return (network, input => _ = decodes ? network.Decode(input) : network.Encode(input).Mean);
        }
    }
}
