using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Profiling;

/// <summary>Makes the workloads of a model's parts.</summary>
public static class ModelParts
{
    /// <summary>Makes a part with random weights.</summary>
    /// <param name="part">Which.</param>
    /// <param name="session">Stays the caller's.</param>
    /// <param name="configuration">Of the whole model.</param>
    /// <param name="batch">Images at a time.</param>
    /// <param name="isTraining">A training step instead of a forward pass, for the UNet.</param>
    /// <exception cref="ArgumentException">The model has no UNet, the part cannot be trained on its own, or the batch is not positive.</exception>
    /// <exception cref="Kernels.DeviceMemoryException">The device has too little memory.</exception>
    public static NetworkWorkload CreateWorkload(
        this ModelPart part, Session session, ModelConfiguration configuration, int batch, bool isTraining)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        if (part == ModelPart.UNet)
        {
            return configuration.UNet is { } network
                ? new UNetWorkload(session, network, batch, configuration.LatentSize, isTraining)
                : throw new ArgumentException($"The configuration '{configuration.Name}' has no UNet.", nameof(configuration));
        }

        return isTraining
            ? throw new ArgumentException("Only the UNet has a training step of its own.", nameof(isTraining))
            : new AutoencoderWorkload(session, configuration, batch, part == ModelPart.Decoder);
    }
}
