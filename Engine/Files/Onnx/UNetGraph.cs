using KernelDiff.Engine.Networks;

namespace KernelDiff.Engine.Files.Onnx;

/// <summary>The UNet as an ONNX graph: latents [batch, channels, height, width], timesteps [batch], context [batch, tokens, channels].</summary>
internal sealed class UNetGraph
{
    private const float Epsilon = 1e-5f;

    private readonly UNetConfiguration configuration;
    private readonly OnnxGraph graph;
    private readonly OnnxLayers layers;
    private readonly OnnxTransformer transformers;
    private readonly UNetHeads heads;

    private UNetGraph(UNetConfiguration configuration, ReadParameter read)
    {
        this.configuration = configuration;
        graph = new OnnxGraph("UNet");
        layers = new OnnxLayers(graph, new UNet(configuration).Specifications, read);
        transformers = new OnnxTransformer(layers);
        heads = new UNetHeads(configuration);
    }

    /// <summary>The graph, with the outputs named <c>noise</c>.</summary>
    public static OnnxGraph Build(UNetConfiguration configuration, ReadParameter read) => new UNetGraph(configuration, read).Build();

    private OnnxGraph Build()
    {
        var latent = graph.Input("latent", OnnxElement.Single, "batch", configuration.InputChannels, "height", "width");
        var embedding = Embedding(graph.Input("timesteps", OnnxElement.Single, "batch"));
        var context = configuration.ContextChannels is { } channels
            ? graph.Input("context", OnnxElement.Single, "batch", "tokens", channels)
            : null;
        if (configuration.Classes is not null)
        {
            var labels = graph.Input("labels", OnnxElement.Int64, "batch");
            var rows = graph.Node("label_emb", "Gather", [layers.Parameter("label_emb.weight"), labels]);
            embedding = layers.Add(embedding, rows, "label_emb");
        }

        var call = new Call(layers.Silu(embedding, "time_embed"), context);
        var hidden = Up(Down(latent, call, out var skips), call, skips);
        hidden = layers.Silu(layers.GroupNorm(hidden, "out.0", Epsilon), "out.1");
        graph.Output("noise", layers.Convolution(hidden, "out.2"), "batch", configuration.OutputChannels, "height", "width");
        return graph;
    }

    private string Down(string latent, Call call, out Stack<string> skips)
    {
        var hidden = layers.Convolution(latent, "input_blocks.0.0");
        skips = new Stack<string>([hidden]);
        var index = 1;
        for (var level = 0; level < configuration.ChannelMultipliers.Length; level++)
        {
            for (var block = 0; block < configuration.ResidualBlocks; block++)
            {
                hidden = Stage(hidden, $"input_blocks.{index++}", call, isUpsampling: false);
                skips.Push(hidden);
            }

            if (level < configuration.ChannelMultipliers.Length - 1)
            {
                hidden = Resample(hidden, $"input_blocks.{index++}.0", ".op", call, isUpsampling: false);
                skips.Push(hidden);
            }
        }

        hidden = Residual(hidden, "middle_block.0", call);
        hidden = Attend(hidden, "middle_block.1", call, isUpsampling: false);
        return Residual(hidden, "middle_block.2", call);
    }

    private string Up(string hidden, Call call, Stack<string> skips)
    {
        var index = 0;
        for (var level = configuration.ChannelMultipliers.Length - 1; level >= 0; level--)
        {
            for (var block = 0; block <= configuration.ResidualBlocks; block++)
            {
                var stage = $"output_blocks.{index++}";
                hidden = Stage(layers.Concat(stage, 1, hidden, skips.Pop()), stage, call, isUpsampling: true);
                if (level > 0 && block == configuration.ResidualBlocks)
                {
                    hidden = Resample(hidden, $"{stage}.{(HasAttention(stage + ".1") ? 2 : 1)}", ".conv", call, isUpsampling: true);
                }
            }
        }

        return hidden;
    }

    /// <summary>Cosines, then sines of t · 10000^(-i / half), and two linear layers.</summary>
    private string Embedding(string timesteps)
    {
        const string Scope = "time_embed";
        const double MaximumPeriod = 10000;
        var half = configuration.ModelChannels / 2;
        float[] frequencies = [.. Enumerable.Range(0, half).Select(i => (float)Math.Pow(MaximumPeriod, -(double)i / half))];
        var column = layers.Reshape(timesteps, Scope, -1, 1);
        var phases = graph.Node(Scope, "Mul", [column, graph.Constant("constant/frequencies", frequencies)]);
        var waves = layers.Concat(Scope, 1, graph.Node(Scope, "Cos", [phases]), graph.Node(Scope, "Sin", [phases]));
        return layers.LinearOfRows(layers.Silu(layers.LinearOfRows(waves, "time_embed.0"), "time_embed.1"), "time_embed.2");
    }

    /// <summary>A residual block and, where the network has it, attention.</summary>
    private string Stage(string hidden, string stage, Call call, bool isUpsampling)
    {
        hidden = Residual(hidden, stage + ".0", call);
        return HasAttention(stage + ".1") ? Attend(hidden, stage + ".1", call, isUpsampling) : hidden;
    }

    private bool HasAttention(string layer) => layers.Has(layer + ".qkv") || layers.Has(layer + ".proj_in");

    private string Attend(string hidden, string layer, Call call, bool isUpsampling)
    {
        var channels = layers.WeightShape(layer + ".norm")[0];
        return configuration.SpatialTransformer
            ? transformers.Spatial(hidden, layer, call.Context, configuration.TransformerDepth, heads.At(channels))
            : transformers.AttentionBlock(
                hidden, layer, heads.OfAttentionBlock(channels, isUpsampling), configuration.NewAttentionOrder);
    }

    private string Resample(string hidden, string layer, string convolution, Call call, bool isUpsampling)
    {
        if (configuration.ResidualResampling)
        {
            return Residual(hidden, layer, call, x => Resize(x, layer, isUpsampling));
        }

        if (!configuration.ConvolutionalResampling)
        {
            return Resize(hidden, layer, isUpsampling);
        }

        return isUpsampling
            ? layers.Convolution(layers.Double(hidden, layer), layer + convolution)
            : layers.Convolution(hidden, layer + convolution, stride: 2);
    }

    private string Resize(string hidden, string layer, bool isUpsampling) =>
        isUpsampling ? layers.Double(hidden, layer) : layers.Halve(hidden, layer);

    /// <param name="x">[batch, channels, height, width].</param>
    /// <param name="layer">The block.</param>
    /// <param name="call">Embedding and context.</param>
    /// <param name="resize">Changes the size of input and skip; null for none.</param>
    private string Residual(string x, string layer, Call call, Func<string, string>? resize = null)
    {
        var hidden = layers.Silu(layers.GroupNorm(x, layer + ".in_layers.0", Epsilon), layer + ".in_layers.1");
        (hidden, var skip) = resize is null ? (hidden, x) : (resize(hidden), resize(x));
        hidden = layers.Convolution(hidden, layer + ".in_layers.2");
        var projected = layers.LinearOfRows(call.ActivatedEmbedding, layer + ".emb_layers.1");
        projected = graph.Node(layer, "Unsqueeze", [projected, graph.Constant(2, 3)]);
        if (configuration.ScaleShiftNorm)
        {
            var parts = layers.Split(projected, layer, 1, layers.WeightShape(layer + ".out_layers.0")[0], 2);
            var scale = layers.Add(parts[0], graph.Constant("constant/one", 1), layer);
            hidden = graph.Node(layer, "Mul", [layers.GroupNorm(hidden, layer + ".out_layers.0", Epsilon), scale]);
            hidden = layers.Add(hidden, parts[1], layer);
        }
        else
        {
            hidden = layers.GroupNorm(layers.Add(hidden, projected, layer), layer + ".out_layers.0", Epsilon);
        }

        hidden = layers.Convolution(layers.Silu(hidden, layer + ".out_layers.1"), layer + ".out_layers.3");
        skip = layers.Has(layer + ".skip_connection") ? layers.Convolution(skip, layer + ".skip_connection") : skip;
        return layers.Add(hidden, skip, layer);
    }

    /// <summary>What all blocks share.</summary>
    private sealed record Call(string ActivatedEmbedding, string? Context);
}
