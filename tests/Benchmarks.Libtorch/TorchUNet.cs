using KernelDiff.Engine.Networks;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace KernelDiff.Benchmarks.Libtorch;

/// <summary>
/// The UNet of CompVis latent-diffusion in eager mode, with attention blocks or spatial transformers, heads of given width, and the other
/// options at their defaults.
/// </summary>
internal sealed class TorchUNet(UNetConfiguration configuration, StateDict weights, bool isTraining)
{
    private const double Epsilon = 1e-5;
    private const double SpatialEpsilon = 1e-6;
    private const double MaximumPeriod = 10000;

    private readonly Layers layers = new(weights, inPlace: !isTraining);

    /// <param name="latent">[batch, channels, height, width].</param>
    /// <param name="timesteps">[batch].</param>
    /// <param name="context">[batch, tokens, channels], or null.</param>
    public Tensor Forward(Tensor latent, Tensor timesteps, Tensor? context)
    {
        using var embedding = Embed(timesteps);
        var skips = new Stack<Tensor>();
        var hidden = layers.Convolution(latent, "input_blocks.0.0");
        skips.Push(hidden);
        var index = 1;
        for (var level = 0; level < configuration.ChannelMultipliers.Length; level++)
        {
            for (var block = 0; block < configuration.ResidualBlocks; block++)
            {
                hidden = Stage(hidden, $"input_blocks.{index++}", embedding, context);
                skips.Push(hidden);
            }

            if (level < configuration.ChannelMultipliers.Length - 1)
            {
                hidden = layers.Convolution(hidden, $"input_blocks.{index++}.0.op", stride: 2);
                skips.Push(hidden);
            }
        }

        hidden = Stage(hidden, "middle_block", embedding, context).Then(last => Residual(last, "middle_block.2", embedding));
        index = 0;
        for (var level = configuration.ChannelMultipliers.Length - 1; level >= 0; level--)
        {
            for (var block = 0; block <= configuration.ResidualBlocks; block++)
            {
                var stage = $"output_blocks.{index++}";
                hidden = Join(hidden, skips.Pop()).Then(joined => Stage(joined, stage, embedding, context));
                if (level > 0 && block == configuration.ResidualBlocks)
                {
                    hidden = hidden.Then(last => layers.Double(last, stage + (HasAttention(stage) ? ".2.conv" : ".1.conv")));
                }
            }
        }

        return hidden.Then(last => layers.NormSilu(last, "out.0", Epsilon)).Then(last => layers.Convolution(last, "out.2"));
    }

    private static Tensor Join(Tensor hidden, Tensor skip)
    {
        using (hidden)
        using (skip)
        {
            return cat([hidden, skip], dim: 1);
        }
    }

    /// <summary>SiLU of the time embedding, which every residual block projects.</summary>
    private Tensor Embed(Tensor timesteps)
    {
        var half = configuration.ModelChannels / 2;
        using var frequencies = tensor([.. Enumerable.Range(0, half).Select(i => (float)Math.Pow(MaximumPeriod, -(double)i / half))]);
        using var column = timesteps.unsqueeze(1);
        using var phases = column * frequencies;
        using var cosines = phases.cos();
        using var sines = phases.sin();
        return cat([cosines, sines], dim: 1)
            .Then(waves => layers.Linear(waves, "time_embed.0"))
            .Then(layers.Silu)
            .Then(hidden => layers.Linear(hidden, "time_embed.2"))
            .Then(layers.Silu);
    }

    private bool HasAttention(string stage) => layers.Has(stage + ".1.norm");

    private Tensor Stage(Tensor x, string stage, Tensor embedding, Tensor? context)
    {
        var hidden = Residual(x, stage + ".0", embedding);
        return HasAttention(stage)
            ? hidden.Then(last => configuration.SpatialTransformer ? Transformer(last, stage + ".1", context) : Attention(last, stage + ".1"))
            : hidden;
    }

    private Tensor Residual(Tensor x, string block, Tensor embedding)
    {
        using var projected = layers.Linear(embedding, block + ".emb_layers.1").Then(row => row.unsqueeze(2)).Then(row => row.unsqueeze(3));
        var hidden = layers.NormSilu(x, block + ".in_layers.0", Epsilon)
            .Then(normed => layers.Convolution(normed, block + ".in_layers.2"))
            .Then(convolved => convolved + projected)
            .Then(embedded => layers.NormSilu(embedded, block + ".out_layers.0", Epsilon))
            .Then(normed => layers.Convolution(normed, block + ".out_layers.3"));
        return hidden.Plus(layers.Has(block + ".skip_connection") ? layers.Convolution(x, block + ".skip_connection") : x.alias());
    }

    /// <summary>Self-attention whose projection holds query, key and value head by head.</summary>
    private Tensor Attention(Tensor x, string layer)
    {
        using var projected = layers.Norm(x, layer + ".norm", Epsilon).Then(Layers.Tokens).Then(tokens => layers.Linear(tokens, layer + ".qkv"));
        var heads = layers.Width(layer + ".norm") / configuration.HeadChannels;
        using var split = projected.unflatten(2, heads, 3 * configuration.HeadChannels).Then(parts => parts.transpose(1, 2));
        var parts = split.chunk(3, dim: 3);
        var output = Layers.Attend(parts[0], parts[1], parts[2])
            .Then(tokens => layers.Linear(tokens, layer + ".proj_out"))
            .Then(tokens => Layers.Image(tokens, x));
        foreach (var part in parts)
        {
            part.Dispose();
        }

        return output.Plus(x.alias());
    }

    private Tensor Transformer(Tensor x, string layer, Tensor? context)
    {
        var tokens = layers.Norm(x, layer + ".norm", SpatialEpsilon).Then(Layers.Tokens).Then(normed => layers.Linear(normed, layer + ".proj_in"));
        for (var i = 0; i < configuration.TransformerDepth; i++)
        {
            var block = $"{layer}.transformer_blocks.{i}";
            tokens = tokens.Then(last => Block(last, block, context));
        }

        return tokens.Then(last => layers.Linear(last, layer + ".proj_out")).Then(last => Layers.Image(last, x)).Plus(x.alias());
    }

    private Tensor Block(Tensor x, string block, Tensor? context)
    {
        var hidden = layers.LayerNorm(x, block + ".norm1").Then(normed => CrossAttention(normed, normed, block + ".attn1")).Plus(x.alias());
        hidden = layers.LayerNorm(hidden, block + ".norm2")
            .Then(normed => CrossAttention(normed, context ?? normed, block + ".attn2"))
            .Plus(hidden);
        return layers.LayerNorm(hidden, block + ".norm3").Then(normed => FeedForward(normed, block + ".ff")).Plus(hidden);
    }

    private Tensor CrossAttention(Tensor x, Tensor context, string layer)
    {
        using var query = Heads(x, ".to_q");
        using var key = Heads(context, ".to_k");
        using var value = Heads(context, ".to_v");
        return Layers.Attend(query, key, value).Then(attended => layers.Linear(attended, layer + ".to_out.0"));

        Tensor Heads(Tensor tokens, string projection) => layers.Linear(tokens, layer + projection)
            .Then(projected => Layers.Heads(projected, projected.shape[2] / configuration.HeadChannels));
    }

    /// <summary>value · gelu(gate), then narrow.</summary>
    private Tensor FeedForward(Tensor x, string layer)
    {
        using var projected = layers.Linear(x, layer + ".net.0.proj");
        var parts = projected.chunk(2, dim: 2);
        using var value = parts[0];
        using var gate = parts[1];
        return functional.gelu(gate).Then(activated => value * activated).Then(gated => layers.Linear(gated, layer + ".net.2"));
    }
}
