namespace KernelDiff.Engine.Files;

/// <summary>The formats of weight files that can be read.</summary>
public enum WeightFileFormat
{
    /// <summary>The safetensors format.</summary>
    SafeTensors,

    /// <summary>What <c>torch.save</c> writes since PyTorch 1.6: an uncompressed zip archive of a pickle and one record per storage.</summary>
    TorchZip,

    /// <summary>What <c>torch.save</c> wrote before PyTorch 1.6: pickles and storages one after another.</summary>
    TorchLegacy,
}
