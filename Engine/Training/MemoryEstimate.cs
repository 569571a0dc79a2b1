using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Recognition;

namespace KernelDiff.Engine.Training;

/// <summary>
/// About how many bytes a training takes on its device. Parameters are counted exactly; activations by the maps that each block keeps for
/// its backward pass, which is right within a third or so.
/// </summary>
public static class MemoryEstimate
{
    private const long Float = sizeof(float);

    /// <summary>Weights, gradients, two moments.</summary>
    private const int CopiesOfParameters = 4;

    /// <summary>Maps that a residual block keeps: its input, two normalised maps, the middle, the output, and room for gradients.</summary>
    private const double MapsOfResidualBlock = 6;

    /// <summary>Maps of a transformer's or attention block's width: norms, q, k, v, output, and eight of GEGLU's two halves.</summary>
    private const double MapsOfTransformer = 26;
    private const double MapsOfAttention = 8;

    /// <summary>Of a diffusion training.</summary>
    /// <param name="model">With a UNet.</param>
    /// <param name="parameters">Of UNet and condition encoders.</param>
    /// <param name="firstStageParameters">Of the autoencoder, which is not trained.</param>
    /// <param name="batch">Images of one pass.</param>
    public static long Diffusion(ModelConfiguration model, long parameters, long firstStageParameters, int batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        var unet = model.UNet ?? throw new ArgumentException("The model has no UNet.", nameof(model));
        var (total, largest) = (0.0, 0.0);
        var (edge, factor) = (model.LatentSize, 1);
        for (var level = 0; level < unet.ChannelMultipliers.Length; level++)
        {
            double map = (double)edge * edge * unet.ModelChannels * unet.ChannelMultipliers[level];
            var perBlock = MapsOfResidualBlock * map;
            if (unet.AttentionResolutions.Contains(factor))
            {
                perBlock += (unet.SpatialTransformer ? MapsOfTransformer * unet.TransformerDepth : MapsOfAttention) * map;
            }

            // Down, and up with one block more and inputs twice as wide.
            var blocks = (2 * unet.ResidualBlocks) + 1.5;
            total += unet.Recomputes(level) ? 2 * blocks * map : blocks * perBlock;
            largest = Math.Max(largest, perBlock * 1.5);
            (edge, factor) = (edge / 2, factor * 2);
        }

        var activations = batch * (total + (unet.Checkpointing ? largest : 0));
        return (long)(Float * (((CopiesOfParameters + 1.0) * parameters) + firstStageParameters + activations));
    }

    /// <summary>Of an autoencoder's training.</summary>
    /// <param name="model">Whose first stage is trained.</param>
    /// <param name="parameters">Of the autoencoder.</param>
    /// <param name="batch">Images of one pass.</param>
    public static long Autoencoder(ModelConfiguration model, long parameters, int batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        var encoder = model.FirstStage.Encoder;
        var (activations, edge) = (0.0, model.ImageSize);
        foreach (var multiplier in encoder.ChannelMultipliers)
        {
            var map = (double)edge * edge * encoder.Channels * multiplier;
            activations += ((2 * encoder.ResidualBlocks) + 1.5) * MapsOfResidualBlock * map;
            edge /= 2;
        }

        return (long)(Float * ((CopiesOfParameters * (double)parameters) + (batch * activations)));
    }
    /// <summary>Of a parser's or classifier's training: every output is kept, and most have a gradient for a while.</summary>
    /// <param name="layers">The network.</param>
    /// <param name="parameters">Of the network.</param>
    /// <param name="batch">Images of one pass.</param>
    public static long Recognition(LayerList layers, long parameters, int batch)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var activations = layers.Plan().Sum(step => (double)Math.Max(1, step.Shape.Height) * Math.Max(1, step.Shape.Width) * step.Shape.Channels);
        return (long)(Float * ((CopiesOfParameters * (double)parameters) + (1.5 * batch * activations)));
    }
}
