using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Networks;

/// <summary>Transformer blocks over all pixels, between 1x1 convolutions, with a residual around the whole.</summary>
internal sealed class SpatialTransformer : Module
{
    private readonly GroupNorm norm;
    private readonly Linear input;
    private readonly TransformerBlock[] blocks;
    private readonly Linear output;

    /// <param name="channels">Of the feature map.</param>
    /// <param name="heads">Of each attention.</param>
    /// <param name="headWidth">Channels of a head.</param>
    /// <param name="depth">Transformer blocks.</param>
    /// <param name="contextChannels">Channels of the context tokens, null for self-attention only.</param>
    public SpatialTransformer(int channels, int heads, int headWidth, int depth, int? contextChannels)
    {
        var inner = heads * headWidth;
        norm = Add("norm", new GroupNorm(channels, 32, 1e-6f));
        input = Add("proj_in", new Linear(channels, inner, new LinearOptions { FileRank = 4 }));
        blocks = [.. Enumerable.Range(0, depth).Select(i =>
            Add($"transformer_blocks.{i}", new TransformerBlock(inner, heads, headWidth, contextChannels)))];
        output = Add("proj_out", new Linear(inner, channels, new LinearOptions { FileRank = 4, IsZero = true }));
    }

    /// <param name="x">[batch, height, width, channels].</param>
    /// <param name="context">[batch, tokens, context channels], or null.</param>
    public Tensor Forward(Tensor x, Tensor? context) =>
        ImageLanes.Pays(x, x.Shape[1] * x.Shape[2], TransformerBlock.WidestExpansion * x.Shape[3])
            ? ImageLanes.Run(x, context, ForwardBatch)
            : ForwardBatch(x, context);

    private Tensor ForwardBatch(Tensor x, Tensor? context) => x.Session.Scoped(() =>
    {
        var tokens = Structure.Reshape(x, x.Shape[0], -1, x.Shape[3]);
        var hidden = norm.Forward(tokens).Consume(normed => input.Forward(normed));
        foreach (var block in blocks)
        {
            hidden = hidden.Consume(last => block.Forward(last, context));
        }

        return Structure.Reshape(hidden.Consume(last => output.Forward(last, residual: tokens)), x.Shape.ToArray());
    });

    /// <summary>Self-attention, cross-attention, gated feed-forward: each normalised before and added to what it read.</summary>
    private sealed class TransformerBlock : Module
    {
        /// <summary>Channels of the gated feed-forward's hidden layer and its gates, relative to the block's.</summary>
        public const int WidestExpansion = 8;

        private readonly LayerNorm norm1;
        private readonly LayerNorm norm2;
        private readonly LayerNorm norm3;
        private readonly CrossAttention self;
        private readonly CrossAttention cross;
        private readonly Linear gated;
        private readonly Linear narrow;

        public TransformerBlock(int channels, int heads, int headWidth, int? contextChannels)
        {
            self = Add("attn1", new CrossAttention(channels, channels, heads, headWidth));
            gated = Add("ff.net.0.proj", new Linear(channels, WidestExpansion * channels));
            narrow = Add("ff.net.2", new Linear(WidestExpansion / 2 * channels, channels));
            cross = Add("attn2", new CrossAttention(channels, contextChannels ?? channels, heads, headWidth));
            norm1 = Add("norm1", new LayerNorm(channels));
            norm2 = Add("norm2", new LayerNorm(channels));
            norm3 = Add("norm3", new LayerNorm(channels));
        }

        public Tensor Forward(Tensor x, Tensor? context) => x.Session.Scoped(() =>
        {
            var first = norm1.Forward(x).Consume(normed => self.Forward(normed, normed, x));
            var second = first.Consume(last =>
                norm2.Forward(last).Consume(normed => cross.Forward(normed, context ?? normed, last)));
            return norm3.Forward(second)
                .Consume(normed => gated.Forward(normed))
                .Consume(Elementwise.Geglu)
                .Consume(hidden => narrow.Forward(hidden, residual: second));
        });
    }

    private sealed class CrossAttention : Module
    {
        private readonly Linear query;
        private readonly Linear key;
        private readonly Linear value;
        private readonly Linear output;
        private readonly int heads;

        public CrossAttention(int channels, int contextChannels, int heads, int headWidth)
        {
            this.heads = heads;
            var (inner, plain) = (heads * headWidth, new LinearOptions { HasBias = false });
            query = Add("to_q", new Linear(channels, inner, plain));
            key = Add("to_k", new Linear(contextChannels, inner, plain));
            value = Add("to_v", new Linear(contextChannels, inner, plain));
            output = Add("to_out.0", new Linear(inner, channels));
        }

        public Tensor Forward(Tensor x, Tensor context, Tensor residual) =>
            output.Forward(Attentions.Attention(query.Forward(x), key.Forward(context), value.Forward(context), heads), residual);
    }
}
