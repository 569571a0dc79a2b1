namespace KernelDiff.Runner.Tests;

/// <summary>A few drawn faces, a tiny configuration and a tiny autoencoder, made once for all tests that train or sample.</summary>
internal static class TinyFaces
{
    private const string Configuration = """
        {
          "model": {
            "name": "tiny", "image_size": 32,
            "first_stage": { "kl": { "embed_dim": 3, "ddconfig": {
              "double_z": true, "z_channels": 3, "resolution": 32, "in_channels": 3, "out_ch": 3, "ch": 32, "ch_mult": [1, 1, 1],
              "num_res_blocks": 1, "attn_type": "none" } } },
            "unet": {
              "in_channels": 5, "out_channels": 3, "model_channels": 32, "attention_resolutions": [2], "num_res_blocks": 1, "channel_mult": [1, 1],
              "num_head_channels": 16, "use_spatial_transformer": true, "context_dim": 16 },
            "conditioning": { "attributes": "tokens", "mask": "patch-tokens", "mask_size": 16, "patch_size": 4, "mask_concat_channels": 2 },
            "diffusion": { "scale_factor": null }
          },
          "autoencoder_training": { "steps": 3, "batch": 2, "warm_up": 1, "sample_every": 2, "checkpoint_every": 2 },
          "diffusion_training": { "steps": 8, "batch": 2, "warm_up": 1, "sample_every": 0, "checkpoint_every": 2, "ema_decay": 0.5 }
        }
        """;

    private static readonly Lazy<string> Made = new(Make);

    public static string Folder => Made.Value;

    public static string Data => Path.Combine(Folder, "faces");

    public static string Config => Path.Combine(Folder, "tiny.json");

    public static string Autoencoder => Path.Combine(Folder, "autoencoder", "checkpoints", "step-3", "model.safetensors");

    public static string Model => Path.Combine(Folder, "diffusion", "checkpoints", "step-8", "model.safetensors");

    /// <summary>Arguments of a diffusion training into a folder.</summary>
    public static string[] Diffusion(string run) =>
        ["train", "diffusion", "--data", Data, "--config", Config, "--autoencoder", Autoencoder, "--out", run, "--device", "cpu"];

    /// <summary>Removes what was made, after the last test.</summary>
    public static void Remove()
    {
        if (Made.IsValueCreated)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private static string Make()
    {
        var folder = Directory.CreateTempSubdirectory("kerneldiff-tiny-").FullName;
        File.WriteAllText(Path.Combine(folder, "tiny.json"), Configuration);
        Run("data", "synthesize", Path.Combine(folder, "faces"), "--count", "6", "--size", "32");
        Run(
            "train", "autoencoder", "--data", Path.Combine(folder, "faces"), "--config", Path.Combine(folder, "tiny.json"),
            "--out", Path.Combine(folder, "autoencoder"), "--device", "cpu");
        var autoencoder = Path.Combine(folder, "autoencoder", "checkpoints", "step-3", "model.safetensors");
        Run(
            "train", "diffusion", "--data", Path.Combine(folder, "faces"), "--config", Path.Combine(folder, "tiny.json"),
            "--autoencoder", autoencoder, "--out", Path.Combine(folder, "diffusion"), "--device", "cpu");
        return folder;
    }

    private static void Run(params string[] arguments)
    {
        var run = CommandLineRun.Of(arguments);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
    }
}

/// <summary>Cleans up after all tests.</summary>
[SetUpFixture]
public sealed class TinyFacesCleanUp
{
    [OneTimeTearDown]
    public void Remove() => TinyFaces.Remove();
}
