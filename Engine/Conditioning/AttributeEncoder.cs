using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Conditioning;

/// <summary>Attributes to context tokens.</summary>
internal abstract class AttributeEncoder : Module
{
    /// <summary>Tokens of an image.</summary>
    public abstract int Tokens { get; }

    /// <returns>[batch, tokens, channels].</returns>
    public abstract Tensor Forward(Session session, ConditionBatch conditions);

    /// <param name="form">Not <see cref="AttributeCondition.Off"/>.</param>
    /// <param name="channels">Of a token.</param>
    public static AttributeEncoder Create(AttributeCondition form, int channels) =>
        form == AttributeCondition.Tokens ? new AttributeTokens(channels) : new AttributeVector(channels);
}

/// <summary>A learned token for each attribute and state. The learned null is one more state of every attribute.</summary>
internal sealed class AttributeTokens : AttributeEncoder
{
    private const int States = 4;
    private const int Null = 3;

    private readonly ParameterSlot table;

    public AttributeTokens(int channels)
    {
        table = Declare(ParameterSpecification.Plain(
            "embedding.weight", new TensorShape(FaceAttributes.Count * States, channels), Initializer.Normal(1)));
    }

    public override int Tokens => FaceAttributes.Count;

    public override Tensor Forward(Session session, ConditionBatch conditions)
    {
        var rows = new int[conditions.Count * FaceAttributes.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            var state = conditions.HasAttributes[i / FaceAttributes.Count] ? (int)conditions.Attributes[i] : Null;
            rows[i] = (i % FaceAttributes.Count * States) + state;
        }

        var indices = session.FromValues<int>(rows, new TensorShape(conditions.Count, FaceAttributes.Count));
        return Embeddings.Lookup(indices, table.Value);
    }
}

/// <summary>
/// All attributes (yes 1, no -1, unspecified 0) through one perceptron: linear layers to 112, 184 and the token's channels, layer norm
/// after each, GELU between.
/// </summary>
internal sealed class AttributeVector : AttributeEncoder
{
    private readonly (Linear Linear, LayerNorm Norm)[] layers;
    private readonly SourceSwitch source;

    public AttributeVector(int channels)
    {
        int[] widths = [FaceAttributes.Count, 112, 184, channels];
        layers = new (Linear, LayerNorm)[widths.Length - 1];
        for (var i = 0; i < layers.Length; i++)
        {
            layers[i] = (Add($"layers.{i}.linear", new Linear(widths[i], widths[i + 1])), Add($"layers.{i}.norm", new LayerNorm(widths[i + 1])));
        }

        source = Add("source", new SourceSwitch(new TensorShape(1, channels)));
    }

    public override int Tokens => 1;

    public override Tensor Forward(Session session, ConditionBatch conditions)
    {
        var values = new float[conditions.Attributes.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = conditions.Attributes[i] switch { AttributeState.Yes => 1, AttributeState.No => -1, _ => 0 };
        }

        var hidden = session.FromValues<float>(values, new TensorShape(conditions.Count, 1, FaceAttributes.Count));
        for (var i = 0; i < layers.Length; i++)
        {
            hidden = layers[i].Norm.Forward(layers[i].Linear.Forward(hidden));
            hidden = i < layers.Length - 1 ? Elementwise.Gelu(hidden) : hidden;
        }

        return source.Forward(hidden, conditions.HasAttributes);
    }
}
