using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Files.Onnx;

namespace KernelDiff.Engine.Models;

/// <summary>Writes model files in forms that other programs read.</summary>
public static class ModelExport
{
    /// <summary>
    /// Writes a state dict as latent-diffusion names it: with prefixes, or without for an autoencoder alone, and without the metadata of
    /// model files.
    /// </summary>
    /// <param name="file">A model file.</param>
    /// <param name="path">The file to write; an older one of this name stays until the new one is complete.</param>
    /// <param name="cancellation">Stops between two tensors; nothing remains then.</param>
    /// <returns>Number of tensors.</returns>
    /// <exception cref="WeightFileException">The file is no model, or cannot be read.</exception>
    /// <exception cref="ConfigurationException">The file's configuration cannot be used.</exception>
    /// <exception cref="IOException">The result cannot be written.</exception>
    public static int WriteStateDict(WeightFile file, string path, CancellationToken cancellation = default)
    {
        var configuration = ModelFile.ConfigurationOf(file);
        var import = ModelImport.Plan(file, configuration, useAverages: false);
        var tensors = import.Used.Select(tensor => (Name: OriginalName(tensor.Name), Tensor: file.Find(tensor.Name))).ToList();

        // The key by which other programs recognise PyTorch's layouts.
        using var writer = new SafeTensorsWriter(
            path,
            tensors.Select(tensor => new TensorDeclaration(tensor.Name, tensor.Tensor.Type, tensor.Tensor.Shape)),
            new Dictionary<string, string> { ["format"] = "pt" });
        foreach (var (name, tensor) in tensors)
        {
            cancellation.ThrowIfCancellationRequested();
            writer.Copy(name, file, tensor);
        }

        writer.Commit();
        return tensors.Count;

        string OriginalName(string name) => configuration.UNet is null ? name[FirstStage.Prefix.Length..] : name;
    }

    /// <summary>Writes one part as ONNX.</summary>
    /// <param name="file">A model file.</param>
    /// <param name="part">Which part.</param>
    /// <param name="path">The file to write; an older one of this name stays until the new one is complete.</param>
    /// <param name="cancellation">Stops between two tensors; nothing remains then.</param>
    /// <exception cref="ArgumentException">The model has no UNet, or the part takes more than the 2 GiB of an ONNX file.</exception>
    /// <exception cref="WeightFileException">The file is no model, lacks a parameter, or cannot be read.</exception>
    /// <exception cref="ConfigurationException">The file's configuration cannot be used.</exception>
    /// <exception cref="IOException">The result cannot be written.</exception>
    public static void WriteOnnx(WeightFile file, ModelPart part, string path, CancellationToken cancellation = default)
    {
        var configuration = ModelFile.ConfigurationOf(file);
        var import = ModelImport.Plan(file, configuration, useAverages: false);
        if (import.Missing.Count > 0)
        {
            throw new WeightFileException(
                file.Path, $"the parameter '{import.Missing[0]}' is missing", "The file is damaged or was edited: import the checkpoint again.");
        }

        var prefix = part == ModelPart.UNet ? ModelParameters.UNetPrefix : FirstStage.Prefix;
        OnnxExport.Write(
            path,
            configuration,
            part,
            specification => file.ReadSingle(file.Find(prefix + specification.Name)),
            new Dictionary<string, string> { ["model"] = configuration.Name, [ModelFile.HashKey] = ModelFile.HashOf(file) },
            cancellation);
    }
}
