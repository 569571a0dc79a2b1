using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Networks;

/// <summary>What all blocks of one call of the UNet share.</summary>
internal sealed class UNetCall
{
    private readonly RandomKey? dropoutKey;
    private uint dropouts;

    public UNetCall(Tensor activatedEmbedding, Tensor? context, RandomKey? dropoutKey)
        : this(activatedEmbedding, context, dropoutKey, 0)
    {
    }

    private UNetCall(Tensor activatedEmbedding, Tensor? context, RandomKey? dropoutKey, uint dropouts)
    {
        ActivatedEmbedding = activatedEmbedding;
        Context = context;
        this.dropoutKey = dropoutKey;
        this.dropouts = dropouts;
    }

    /// <summary>[batch, 4 · model channels]: SiLU of the time (and class) embedding, which every residual block projects.</summary>
    public Tensor ActivatedEmbedding { get; }

    /// <summary>[batch, tokens, channels], or null.</summary>
    public Tensor? Context { get; }

    /// <summary>Drops elements while training; every dropout of the network has a stream of its own.</summary>
    public Tensor Drop(Tensor x, float probability) => dropoutKey is { } key && probability > 0
        ? Elementwise.Dropout(x, 1 - probability, key with { Stream = key.Stream + dropouts++ })
        : x;

    /// <summary>
    /// A maker of calls that all start where this one is now: a checkpointed stage runs twice and must drop the same elements.
    /// </summary>
    public Func<Tensor, Tensor?, UNetCall> Fork()
    {
        var start = dropouts;
        return (embedding, context) => new UNetCall(embedding, context, dropoutKey, start);
    }

    /// <summary>Passes over the streams that a fork has used.</summary>
    public void Skip(int count) => dropouts += (uint)count;
}
