using KernelDiff.Engine.Configuration;

namespace KernelDiff.Engine.Files.Onnx;

/// <summary>
/// Writes the parts of a model as ONNX files: fp32, operator set 17, layouts as PyTorch's, any batch, height and width. Weights are
/// read and written one at a time.
/// </summary>
public static class OnnxExport
{
    /// <summary>Writes one part.</summary>
    /// <param name="path">The file to write; an older one of this name stays until the new one is complete.</param>
    /// <param name="configuration">Of the whole model.</param>
    /// <param name="part">Which part.</param>
    /// <param name="read">Reads the part's parameters, whose names begin below the part.</param>
    /// <param name="metadata">Strings to store in the file.</param>
    /// <param name="cancellation">Stops between two weights; nothing remains then.</param>
    /// <exception cref="ArgumentException">The model has no UNet, or the part takes more than the 2 GiB of an ONNX file.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        string path,
        ModelConfiguration configuration,
        ModelPart part,
        ReadParameter read,
        IReadOnlyDictionary<string, string>? metadata = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        OnnxFile.Write(path, Build(configuration, part, read), metadata ?? new Dictionary<string, string>(), cancellation);
    }

    private static OnnxGraph Build(ModelConfiguration configuration, ModelPart part, ReadParameter read) => part switch
    {
        ModelPart.UNet => configuration.UNet is { } network
            ? UNetGraph.Build(network, read)
            : throw new ArgumentException($"The configuration '{configuration.Name}' has no UNet.", nameof(configuration)),
        ModelPart.Encoder => configuration.FirstStage.Vq is { } vq
            ? AutoencoderGraph.VqEncoder(vq, read)
            : AutoencoderGraph.KlEncoder(configuration.FirstStage.Kl!, read),
        _ => configuration.FirstStage.Vq is { } vq
            ? AutoencoderGraph.VqDecoder(vq, read)
            : AutoencoderGraph.KlDecoder(configuration.FirstStage.Kl!, read),
    };
}
