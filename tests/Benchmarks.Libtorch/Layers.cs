using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace KernelDiff.Benchmarks.Libtorch;

/// <summary>
/// Layers over a state dict, in eager mode. Tensors are images [batch, channels, height, width] in either memory layout, or tokens
/// [batch, tokens, channels].
/// </summary>
/// <param name="weights">The network's.</param>
/// <param name="inPlace">Whether activations may overwrite what they read; not while training.</param>
internal sealed class Layers(StateDict weights, bool inPlace)
{
    private const int Groups = 32;

    public bool Has(string layer) => weights.Find(layer + ".weight") is not null;

    public int Width(string layer) => (int)weights[layer + ".weight"].shape[0];

    /// <summary>Padded so that stride 1 keeps the size.</summary>
    public Tensor Convolution(Tensor x, string layer, long stride = 1)
    {
        var weight = weights[layer + ".weight"];
        var padding = weight.shape[2] / 2;
        return functional.conv2d(x, weight, weights.Find(layer + ".bias"), [stride, stride], [padding, padding]);
    }

    /// <summary>Every pixel repeated 2 x 2, then a convolution.</summary>
    public Tensor Double(Tensor x, string layer) => functional
        .interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest)
        .Then(doubled => Convolution(doubled, layer));

    public Tensor Norm(Tensor x, string layer, double epsilon) =>
        functional.group_norm(x, Groups, weights[layer + ".weight"], weights[layer + ".bias"], epsilon);

    public Tensor NormSilu(Tensor x, string layer, double epsilon) => Norm(x, layer, epsilon).Then(Silu);

    public Tensor Silu(Tensor x) => inPlace ? functional.silu(x, inplace: true).alias() : functional.silu(x);

    public Tensor LayerNorm(Tensor x, string layer) =>
        functional.layer_norm(x, [x.shape[^1]], weights[layer + ".weight"], weights[layer + ".bias"], 1e-5);

    /// <summary>Over the last dimension, also with the weights of a 1x1 convolution.</summary>
    public Tensor Linear(Tensor x, string layer)
    {
        using var matrix = weights[layer + ".weight"].flatten(1);
        return functional.linear(x, matrix, weights.Find(layer + ".bias"));
    }

    /// <summary>softmax(q k^T / sqrt(width)) v.</summary>
    /// <param name="query">[batch, heads, tokens, width], as the other two.</param>
    /// <param name="key">Keys.</param>
    /// <param name="value">Values.</param>
    /// <returns>[batch, tokens, heads · width].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value) => functional
        .scaled_dot_product_attention(query, key, value)
        .Then(attended => attended.transpose(1, 2))
        .Then(merged => merged.flatten(2));

    /// <summary>[batch, channels, height, width] to [batch, tokens, channels]; a view where the channels lie last.</summary>
    public static Tensor Tokens(Tensor image) => image.flatten(2).Then(flat => flat.transpose(1, 2));

    /// <summary>[batch, tokens, channels] to [batch, channels, height, width] as <paramref name="image"/>.</summary>
    public static Tensor Image(Tensor tokens, Tensor image) =>
        tokens.transpose(1, 2).Then(columns => columns.unflatten(2, image.shape[2], image.shape[3]));

    /// <summary>[batch, tokens, heads · width] to [batch, heads, tokens, width].</summary>
    public static Tensor Heads(Tensor tokens, long heads) =>
        tokens.unflatten(2, heads, tokens.shape[2] / heads).Then(split => split.transpose(1, 2));
}

/// <summary>Python frees a tensor with the last name for it; here it is said.</summary>
internal static class TensorLifetime
{
    /// <summary>The result of a function of a tensor that nothing else needs.</summary>
    public static Tensor Then(this Tensor x, Func<Tensor, Tensor> next)
    {
        using (x)
        {
            return next(x);
        }
    }

    /// <summary>The sum of two tensors that nothing else needs.</summary>
    public static Tensor Plus(this Tensor x, Tensor other)
    {
        using (x)
        using (other)
        {
            return x + other;
        }
    }
}
