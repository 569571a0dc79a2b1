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
}
