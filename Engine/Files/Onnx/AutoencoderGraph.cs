using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Files.Onnx;

/// <summary>Encoder and decoder of the first stage as ONNX graphs, over [batch, channels, height, width].</summary>
internal sealed class AutoencoderGraph
{
    private const float Epsilon = 1e-6f;
    private const float MinimumLogVariance = -30;
    private const float MaximumLogVariance = 20;

    private readonly EncoderConfiguration configuration;
    private readonly OnnxGraph graph;
    private readonly OnnxLayers layers;

    private AutoencoderGraph(
        string name, EncoderConfiguration configuration, IEnumerable<ParameterSpecification> specifications, ReadParameter read)
    {
        this.configuration = configuration;
        graph = new OnnxGraph(name);
        layers = new OnnxLayers(graph, specifications, read);
    }

    /// <summary><c>image</c> to <c>latent</c>, before quantisation.</summary>
    public static OnnxGraph VqEncoder(VqAutoencoderConfiguration configuration, ReadParameter read)
    {
        var builder = new AutoencoderGraph("VqEncoder", configuration.Encoder, new VqAutoencoder(configuration).Specifications, read);
        builder.graph.Output("latent", builder.Encode(), "batch", configuration.LatentChannels, "latent_height", "latent_width");
        return builder.graph;
    }

    /// <summary><c>latent</c>, quantised first, to <c>image</c>.</summary>
    public static OnnxGraph VqDecoder(VqAutoencoderConfiguration configuration, ReadParameter read)
    {
        var builder = new AutoencoderGraph("VqDecoder", configuration.Encoder, new VqAutoencoder(configuration).Specifications, read);
        builder.Decode(builder.Quantize(builder.Latent(configuration.LatentChannels)));
        return builder.graph;
    }

    /// <summary><c>image</c> to <c>mean</c> and <c>log_variance</c>.</summary>
    public static OnnxGraph KlEncoder(KlAutoencoderConfiguration configuration, ReadParameter read)
    {
        var builder = new AutoencoderGraph("KlEncoder", configuration.Encoder, new KlAutoencoder(configuration).Specifications, read);
        var graph = builder.graph;
        var parts = builder.layers.Split(builder.Encode(), "quant_conv", 1, configuration.LatentChannels, 2);
        var minimum = graph.Weight("constant/minimum", [], () => [MinimumLogVariance]);
        var maximum = graph.Weight("constant/maximum", [], () => [MaximumLogVariance]);
        graph.Output("mean", parts[0], "batch", configuration.LatentChannels, "latent_height", "latent_width");
        graph.Output(
            "log_variance",
            graph.Node("quant_conv", "Clip", [parts[1], minimum, maximum]),
            "batch",
            configuration.LatentChannels,
            "latent_height",
            "latent_width");
        return graph;
    }

    /// <summary><c>latent</c> to <c>image</c>.</summary>
    public static OnnxGraph KlDecoder(KlAutoencoderConfiguration configuration, ReadParameter read)
    {
        var builder = new AutoencoderGraph("KlDecoder", configuration.Encoder, new KlAutoencoder(configuration).Specifications, read);
        builder.Decode(builder.Latent(configuration.LatentChannels));
        return builder.graph;
    }

    private string Latent(int channels) => graph.Input("latent", OnnxElement.Single, "batch", channels, "latent_height", "latent_width");

    private string Encode()
    {
        var image = graph.Input("image", OnnxElement.Single, "batch", configuration.InputChannels, "height", "width");
        var hidden = layers.Convolution(image, "encoder.conv_in");
        for (var level = 0; level < configuration.ChannelMultipliers.Length; level++)
        {
            hidden = Level(hidden, $"encoder.down.{level}", configuration.ResidualBlocks);
            if (level < configuration.ChannelMultipliers.Length - 1)
            {
                var convolution = $"encoder.down.{level}.downsample.conv";
                hidden = configuration.ConvolutionalResampling
                    ? layers.Convolution(hidden, convolution, stride: 2, padding: [0, 0, 1, 1])
                    : layers.Halve(hidden, convolution);
            }
        }

        return layers.Convolution(Finish(Middle(hidden, "encoder.mid"), "encoder"), "quant_conv");
    }

    private void Decode(string latent)
    {
        var hidden = layers.Convolution(layers.Convolution(latent, "post_quant_conv"), "decoder.conv_in");
        hidden = Middle(hidden, "decoder.mid");
        for (var level = configuration.ChannelMultipliers.Length - 1; level >= 0; level--)
        {
            hidden = Level(hidden, $"decoder.up.{level}", configuration.ResidualBlocks + 1);
            if (level > 0)
            {
                var convolution = $"decoder.up.{level}.upsample.conv";
                hidden = layers.Double(hidden, convolution);
                hidden = configuration.ConvolutionalResampling ? layers.Convolution(hidden, convolution) : hidden;
            }
        }

        var image = Finish(hidden, "decoder");
        image = configuration.TanhOutput ? graph.Node("decoder", "Tanh", [image]) : image;
        graph.Output("image", image, "batch", configuration.OutputChannels, "height", "width");
    }

    /// <summary>The nearest codewords: |e|² - 2 z · e is smallest where |z - e|² is.</summary>
    private string Quantize(string latent)
    {
        const string Scope = "quantize";
        var codebook = layers.Parameter("quantize.embedding.weight");
        var squares = graph.Node(
            Scope, "ReduceSumSquare", [codebook], OnnxAttribute.Of("axes", [1L]), OnnxAttribute.Of("keepdims", 0L));
        var pixels = layers.Transpose(latent, Scope, 0, 2, 3, 1);
        var products = graph.Node(Scope, "MatMul", [pixels, layers.Transpose(codebook, Scope, 1, 0)]);
        var doubled = graph.Node(Scope, "Mul", [products, graph.Constant("constant/two", 2)]);
        var nearest = graph.Node(
            Scope,
            "ArgMin",
            [graph.Node(Scope, "Sub", [squares, doubled])],
            OnnxAttribute.Of("axis", -1L),
            OnnxAttribute.Of("keepdims", 0L));
        return layers.Transpose(graph.Node(Scope, "Gather", [codebook, nearest]), Scope, 0, 3, 1, 2);
    }

    private string Level(string hidden, string level, int blocks)
    {
        for (var i = 0; i < blocks; i++)
        {
            hidden = Residual(hidden, $"{level}.block.{i}");
            hidden = layers.Has($"{level}.attn.{i}.q") ? Attention(hidden, $"{level}.attn.{i}") : hidden;
        }

        return hidden;
    }

    private string Middle(string hidden, string middle)
    {
        hidden = Residual(hidden, middle + ".block_1");
        hidden = layers.Has(middle + ".attn_1.q") ? Attention(hidden, middle + ".attn_1") : hidden;
        return Residual(hidden, middle + ".block_2");
    }

    private string Finish(string hidden, string half) =>
        layers.Convolution(Activate(hidden, half + ".norm_out"), half + ".conv_out");

    private string Residual(string x, string block)
    {
        var hidden = layers.Convolution(Activate(x, block + ".norm1"), block + ".conv1");
        hidden = layers.Convolution(Activate(hidden, block + ".norm2"), block + ".conv2");
        var shortcut = block + ".nin_shortcut";
        return layers.Add(hidden, layers.Has(shortcut) ? layers.Convolution(x, shortcut) : x, block);
    }

    private string Activate(string x, string norm) => layers.Silu(layers.GroupNorm(x, norm, Epsilon), norm);

    /// <summary>One head over all pixels.</summary>
    private string Attention(string x, string layer)
    {
        var width = layers.WeightShape(layer + ".norm")[0];
        var normed = layers.GroupNorm(x, layer + ".norm", Epsilon);
        var (query, key, value) = (Tokens(".q"), Tokens(".k"), Tokens(".v"));
        var attended = layers.Attention(Rows(query), key, Rows(value), width, layer);
        var image = layers.ReshapeAs(Rows(attended), x, layer);
        return layers.Add(layers.Convolution(image, layer + ".proj_out"), x, layer);

        string Tokens(string projection) => layers.Reshape(layers.Convolution(normed, layer + projection), layer, 0, 1, width, -1);
        string Rows(string columns) => layers.Transpose(columns, layer, 0, 1, 3, 2);
    }
}
