using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Networks;

/// <summary>The unconditional UNet's self-attention over all pixels: norm, one projection to q, k and v, attention, projection, residual.</summary>
internal sealed class AttentionBlock : Module
{
    private readonly GroupNorm norm;
    private readonly Linear qkv;
    private readonly Linear projection;
    private readonly int heads;
    private readonly QkvOrder order;

    public AttentionBlock(int channels, int heads, bool newOrder)
    {
        this.heads = heads;
        order = newOrder ? QkvOrder.ByKind : QkvOrder.ByHead;
        norm = Add("norm", UNetLayers.Norm(channels));
        qkv = Add("qkv", new Linear(channels, 3 * channels, new LinearOptions { FileRank = 3 }));
        projection = Add("proj_out", new Linear(channels, channels, new LinearOptions { FileRank = 3, IsZero = true }));
    }

    /// <param name="x">[batch, height, width, channels].</param>
    public Tensor Forward(Tensor x) => x.Session.Scoped(() =>
    {
        var tokens = Structure.Reshape(x, x.Shape[0], -1, x.Shape[3]);
        var output = norm.Forward(tokens)
            .Consume(normed => qkv.Forward(normed))
            .Consume(projected => Attentions.SelfAttention(projected, heads, order))
            .Consume(attended => projection.Forward(attended, residual: tokens));
        return Structure.Reshape(output, x.Shape.ToArray());
    });
}
