using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Training;

namespace KernelDiff.Engine.Tests.Training;

/// <summary>Models and sets small enough to train in a test.</summary>
internal static class TinyTraining
{
    public const int ImageSize = 16;

    public static ModelConfiguration Model(bool kl = false, string attributes = "tokens", string mask = "patch-tokens", int concat = 2) =>
        ConfigurationDocument.Parse(
            $$"""
            {
              "model": {
                "image_size": {{ImageSize}},
                "first_stage": {
                  "{{(kl ? "kl" : "vq")}}": {
                    "embed_dim": 3, {{(kl ? "" : "\"n_embed\": 16,")}}
                    "ddconfig": { "double_z": {{(kl ? "true" : "false")}}, "z_channels": 3, "resolution": {{ImageSize}},
                      "in_channels": 3, "out_ch": 3, "ch": 32, "ch_mult": [1, 1], "num_res_blocks": 1, "attn_type": "none" }
                  }
                },
                "unet": {
                  "in_channels": {{3 + concat}}, "out_channels": 3, "model_channels": 32, "attention_resolutions": [2], "num_res_blocks": 1,
                  "channel_mult": [1, 1], "num_head_channels": 16,
                  {{(attributes == "off" && mask == "off" ? "" : "\"use_spatial_transformer\": true, \"context_dim\": 24,")}}
                  "dropout": 0.1
                },
                "conditioning": {
                  "attributes": "{{attributes}}", "mask": "{{mask}}", "mask_size": 16, "patch_size": 4, "mask_concat_channels": {{concat}}
                }
              }
            }
            """,
            "tiny").Model;

    public static DiffusionTrainingConfiguration Diffusion(int steps) => new()
    {
        Steps = steps,
        Batch = 2,
        Accumulate = 2,
        LearningRate = 1e-3f,
        WarmUp = 2,
        CheckpointEvery = 1000,
        SampleEvery = 0,
        P2Exponent = 0.5,
    };

    public static AutoencoderTrainingConfiguration Autoencoder(int steps) => new()
    {
        Steps = steps,
        Batch = 2,
        Accumulate = 2,
        LearningRate = 1e-3f,
        WarmUp = 2,
        CheckpointEvery = 1000,
        SampleEvery = 0,
        DiscriminatorStart = 1,
        DiscriminatorChannels = 8,
        DiscriminatorLayers = 1,
    };
}

/// <summary>Smooth blobs whose label map and first attribute say where they are.</summary>
internal sealed class TinyFaces : IFaceSource, ILatentSource
{
    private const int LatentSize = TinyTraining.ImageSize / 2;

    private readonly AttributeState[] states = new AttributeState[FaceAttributes.Count];

    public int Count => 5;

    public string Fingerprint { get; init; } = "tiny";

    public void Read(ReadOnlySpan<TrainingDraw> draws, Span<byte> pixels)
    {
        var edge = TinyTraining.ImageSize;
        for (var i = 0; i < draws.Length * edge * edge * 3; i++)
        {
            var (draw, y, x, channel) = (draws[i / (edge * edge * 3)], i / (edge * 3) % edge, i / 3 % edge, i % 3);
            pixels[i] = (byte)(128 + (100 * Value(draw, y, x, channel)));
        }
    }

    public void ReadLabels(ReadOnlySpan<TrainingDraw> draws, int size, Span<byte> labels)
    {
        for (var i = 0; i < draws.Length; i++)
        {
            Labels(draws[i], size, labels.Slice(i * size * size, size * size));
        }
    }

    public void Read(int image, bool isMirrored, Span<float> latent, Span<byte> labels)
    {
        var draw = new TrainingDraw(image, isMirrored);
        for (var i = 0; i < latent.Length; i++)
        {
            latent[i] = Value(draw, 2 * (i / (LatentSize * 3)), 2 * (i / 3 % LatentSize), i % 3);
        }

        Labels(draw, (int)Math.Sqrt(labels.Length), labels);
    }

    public ReadOnlySpan<AttributeState> Attributes(int image)
    {
        states[0] = image % 2 == 0 ? AttributeState.Yes : AttributeState.No;
        return states;
    }

    private static float Value(TrainingDraw draw, int y, int x, int channel) =>
        MathF.Sin((0.3f * (draw.Image + 1) * (draw.IsMirrored ? TinyTraining.ImageSize - 1 - x : x)) + (0.2f * y) + channel);

    private static void Labels(TrainingDraw draw, int size, Span<byte> labels)
    {
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)((draw.Image + (i / size) + (draw.IsMirrored ? 1 : 0)) % FaceClasses.Count);
        }
    }
}
