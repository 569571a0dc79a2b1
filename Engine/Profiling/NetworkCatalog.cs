using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Profiling;

/// <summary>A network that can be timed.</summary>
public sealed class NetworkDescription
{
    private readonly Func<Session, int, bool, NetworkWorkload> create;

    internal NetworkDescription(string name, string summary, bool canTrain, Func<Session, int, bool, NetworkWorkload> create)
    {
        Name = name;
        Summary = summary;
        CanTrain = canTrain;
        this.create = create;
    }

    /// <summary>As the command line names it.</summary>
    public string Name { get; }

    /// <summary>What it does, in a few words.</summary>
    public string Summary { get; }

    /// <summary>Whether a training step can be timed too.</summary>
    public bool CanTrain { get; }

    /// <summary>Makes the network with random weights.</summary>
    /// <param name="session">Stays the caller's.</param>
    /// <param name="batch">Images at a time.</param>
    /// <param name="isTraining">A training step instead of a forward pass.</param>
    /// <exception cref="ArgumentException">The network cannot be trained, or the batch is not positive.</exception>
    /// <exception cref="Kernels.DeviceMemoryException">The device has too little memory.</exception>
    public NetworkWorkload Create(Session session, int batch, bool isTraining)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        return CanTrain || !isTraining
            ? create(session, batch, isTraining)
            : throw new ArgumentException($"'{Name}' has no training step to time.", nameof(isTraining));
    }
}

/// <summary>The networks of published size that can be timed.</summary>
public static class NetworkCatalog
{
    /// <summary>Context width of the conditional UNet.</summary>
    private const int ContextChannels = 256;

    public static IReadOnlyList<NetworkDescription> All { get; } =
    [
        new(
            "unet",
            "the unconditional CelebA-HQ UNet, one latent of 64 x 64",
            canTrain: true,
            (session, batch, isTraining) => new UNetWorkload(session, PublishedConfigurations.CelebAHqUNet, batch, isTraining)),
        new(
            "unet-cross-attention",
            "the same with cross-attention on tokens of 256 channels",
            canTrain: true,
            (session, batch, isTraining) =>
                new UNetWorkload(session, PublishedConfigurations.CelebAHqConditionalUNet(ContextChannels), batch, isTraining)),
        new(
            "vq-f4-encode",
            "the vq-f4 encoder, an image of 256 x 256",
            canTrain: false,
            (session, batch, _) => new AutoencoderWorkload(session, PublishedConfigurations.VqF4, batch, decodes: false)),
        new(
            "vq-f4-decode",
            "quantiser and vq-f4 decoder, to an image of 256 x 256",
            canTrain: false,
            (session, batch, _) => new AutoencoderWorkload(session, PublishedConfigurations.VqF4, batch, decodes: true)),
    ];
}
