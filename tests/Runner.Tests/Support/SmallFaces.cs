namespace KernelDiff.Runner.Tests;

/// <summary>Drawn faces, a configuration small enough to train in a test, and an autoencoder for it.</summary>
internal sealed class SmallFaces : IDisposable
{
    private const string Document =
        """
        {
          "model": {
            "name": "small", "image_size": 16,
            "first_stage": {
              "kl": {
                "embed_dim": 3,
                "ddconfig": {
                  "double_z": true, "z_channels": 3, "resolution": 16, "in_channels": 3, "out_ch": 3, "ch": 32, "ch_mult": [1, 1],
                  "num_res_blocks": 1, "attn_type": "none"
                }
              }
            },
            "unet": {
              "in_channels": 5, "out_channels": 3, "model_channels": 32, "attention_resolutions": [2], "num_res_blocks": 1,
              "channel_mult": [1, 1], "num_head_channels": 16, "use_spatial_transformer": true, "context_dim": 16
            },
            "conditioning": { "attributes": "tokens", "mask": "class-tokens", "mask_size": 16, "mask_concat_channels": 2 }
          },
          "autoencoder_training": { "steps": 1, "batch": 2, "sample_every": 0 },
          "diffusion_training": { "steps": 1, "batch": 2, "sample_every": 0 },
          "parser_training": { "steps": 1, "batch": 2, "sample_every": 0, "width": 8, "levels": 1 },
          "classifier_training": { "steps": 1, "batch": 2, "sample_every": 0, "width": 8, "levels": 1 }
        }
        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kerneldiff-faces-");

    public SmallFaces()
    {
        File.WriteAllText(Configuration, Document);
        Run("data", "synthesize", Data, "--count", "18", "--size", "32");
        Run("train", "autoencoder", "--data", Data, "--config", Configuration, "--out", PathOf("autoencoder"), "--device", "cpu");
        Autoencoder = PathOf("autoencoder/checkpoints/step-1/model.safetensors");
    }

    public string Data => PathOf("faces");

    public string Configuration => PathOf("small.json");

    public string Autoencoder { get; }

    public string PathOf(string name) => Path.Combine(folder.FullName, name);

    /// <summary>Runs a command line that must succeed.</summary>
    public static CommandLineRun Run(params string[] arguments)
    {
        var run = CommandLineRun.Of(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        return run;
    }

    public void Dispose() => folder.Delete(recursive: true);
}
