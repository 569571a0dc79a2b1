namespace KernelDiff.Engine.Files.Onnx;

/// <summary>The UNet's two forms of attention, as ONNX nodes.</summary>
internal sealed class OnnxTransformer(OnnxLayers layers)
{
    private const float SpatialEpsilon = 1e-6f;
    private const float BlockEpsilon = 1e-5f;

    /// <summary>Self-attention with one projection to q, k and v.</summary>
    /// <param name="x">[batch, channels, height, width].</param>
    /// <param name="layer">The block.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="isByKind">Whether the projection holds all queries first ("new order"), not head by head.</param>
    public string AttentionBlock(string x, string layer, int heads, bool isByKind)
    {
        var channels = layers.WeightShape(layer + ".norm")[0];
        var width = channels / heads;
        var tokens = layers.Reshape(x, layer, 0, channels, -1);
        var projected = layers.Convolution(layers.GroupNorm(tokens, layer + ".norm", BlockEpsilon, axes: 1), layer + ".qkv");
        string[] parts = isByKind
            ? [.. layers.Split(projected, layer, 1, channels, 3).Select(part => layers.Reshape(part, layer, 0, heads, width, -1))]
            : layers.Split(layers.Reshape(projected, layer, 0, heads, 3 * width, -1), layer, 2, width, 3);
        var attended = layers.Attention(Rows(parts[0]), parts[1], Rows(parts[2]), width, layer);
        var merged = layers.Reshape(Rows(attended), layer, 0, channels, -1);
        var output = layers.Add(layers.Convolution(merged, layer + ".proj_out"), tokens, layer);
        return layers.ReshapeAs(output, x, layer);

        string Rows(string columns) => layers.Transpose(columns, layer, 0, 1, 3, 2);
    }

    /// <summary>Transformer blocks between two 1x1 convolutions.</summary>
    /// <param name="x">[batch, channels, height, width].</param>
    /// <param name="layer">The module.</param>
    /// <param name="context">[batch, tokens, channels], or null for self-attention in its place.</param>
    /// <param name="depth">Blocks.</param>
    /// <param name="heads">Number and width of heads.</param>
    public string Spatial(string x, string layer, string? context, int depth, (int Count, int Width) heads)
    {
        var inner = heads.Count * heads.Width;
        var projected = layers.Convolution(layers.GroupNorm(x, layer + ".norm", SpatialEpsilon), layer + ".proj_in");
        var hidden = layers.Transpose(layers.Reshape(projected, layer, 0, inner, -1), layer, 0, 2, 1);
        for (var i = 0; i < depth; i++)
        {
            hidden = Block(hidden, $"{layer}.transformer_blocks.{i}", context, heads);
        }

        var image = layers.ReshapeAs(layers.Transpose(hidden, layer, 0, 2, 1), projected, layer);
        return layers.Add(layers.Convolution(image, layer + ".proj_out"), x, layer);
    }

    private string Block(string x, string block, string? context, (int Count, int Width) heads)
    {
        var normed = layers.LayerNorm(x, block + ".norm1");
        x = layers.Add(CrossAttention(normed, normed, block + ".attn1", heads), x, block);
        normed = layers.LayerNorm(x, block + ".norm2");
        x = layers.Add(CrossAttention(normed, context ?? normed, block + ".attn2", heads), x, block);
        return layers.Add(FeedForward(layers.LayerNorm(x, block + ".norm3"), block + ".ff"), x, block);
    }

    private string CrossAttention(string x, string context, string layer, (int Count, int Width) heads)
    {
        var query = layers.Transpose(Heads(x, ".to_q"), layer, 0, 2, 1, 3);
        var key = layers.Transpose(Heads(context, ".to_k"), layer, 0, 2, 3, 1);
        var value = layers.Transpose(Heads(context, ".to_v"), layer, 0, 2, 1, 3);
        var attended = layers.Transpose(layers.Attention(query, key, value, heads.Width, layer), layer, 0, 2, 1, 3);
        return layers.LinearOfTokens(layers.Reshape(attended, layer, 0, 0, heads.Count * heads.Width), layer + ".to_out.0");

        string Heads(string tokens, string projection) =>
            layers.Reshape(layers.LinearOfTokens(tokens, layer + projection), layer, 0, 0, heads.Count, heads.Width);
    }

    /// <summary>value · gelu(gate), then narrow.</summary>
    private string FeedForward(string x, string layer)
    {
        var channels = layers.WeightShape(layer + ".net.2")[1];
        var parts = layers.Split(layers.LinearOfTokens(x, layer + ".net.0.proj"), layer, 2, channels, 2);
        var gated = layers.Graph.Node(layer, "Mul", [parts[0], layers.Gelu(parts[1], layer)]);
        return layers.LinearOfTokens(gated, layer + ".net.2");
    }
}
