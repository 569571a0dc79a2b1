using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Models;

namespace KernelDiff.Runner.Tests;

/// <summary>A model of a few hundred thousand parameters, for commands that need one.</summary>
internal static class SmallModel
{
    private const string Document =
        """
        {
          "model": {
            "name": "small",
            "image_size": 32,
            "first_stage": {
              "vq": {
                "embed_dim": 3,
                "n_embed": 16,
                "ddconfig": {
                  "double_z": false, "z_channels": 3, "resolution": 32, "in_channels": 3, "out_ch": 3, "ch": 32,
                  "ch_mult": [1, 1], "num_res_blocks": 1
                }
              }
            },
            "unet": {
              "in_channels": 3, "out_channels": 3, "model_channels": 32, "attention_resolutions": [2],
              "num_res_blocks": 1, "channel_mult": [1, 1], "num_heads": 2
            }
          }
        }
        """;

    /// <summary>Writes the configuration and returns its path.</summary>
    public static string WriteConfiguration(DirectoryInfo folder)
    {
        var path = Path.Combine(folder.FullName, "small.json");
        File.WriteAllText(path, Document);
        return path;
    }

    /// <summary>Writes a checkpoint of the model, with a tensor that it does not need, and returns its path.</summary>
    public static string WriteCheckpoint(DirectoryInfo folder)
    {
        var path = Path.Combine(folder.FullName, "checkpoint.safetensors");
        var parameters = ModelParameters.Of(ConfigurationDocument.Parse(Document, "small").Model);
        using var writer = new SafeTensorsWriter(
            path,
            [
                .. parameters.Select(parameter => new TensorDeclaration(parameter.Name, ElementType.F32, [.. parameter.FileShape])),
                new TensorDeclaration("first_stage_model.loss.logvar", ElementType.F32, []),
            ]);
        var random = new Random(1);
        foreach (var parameter in parameters)
        {
            writer.Write(parameter.Name, [.. Enumerable.Range(0, parameter.FileShape.Elements).Select(_ => random.NextSingle() - 0.5f)]);
        }

        writer.Write("first_stage_model.loss.logvar", [0]);
        writer.Commit();
        return path;
    }
}
