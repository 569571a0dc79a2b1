namespace KernelDiff.Engine.Recognition;

/// <summary>Sizes of an output within a network: a map, or a vector of channels.</summary>
/// <param name="Height">Rows; 0 for a vector.</param>
/// <param name="Width">Columns; 0 for a vector.</param>
/// <param name="Channels">Channels.</param>
internal readonly record struct LayerShape(int Height, int Width, int Channels)
{
    public bool IsMap => Height > 0;

    public override string ToString() => IsMap ? $"{Height}x{Width}x{Channels}" : $"{Channels}";

    /// <summary>The sizes of a layer's output.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">The sizes of its inputs, at least one.</param>
    /// <exception cref="ArgumentException">The layer does not fit its inputs; the message says how, without naming the layer.</exception>
    public static LayerShape Of(LayerDescription layer, IReadOnlyList<LayerShape> inputs)
    {
        var input = inputs[0];
        Require(
            layer.Kind == LayerKind.Concat || inputs.Count == (layer.Kind == LayerKind.Add ? 2 : 1),
            $"it takes {(layer.Kind == LayerKind.Add ? "two outputs" : "one output")}, 'from' names {inputs.Count}");
        Require(
            input.IsMap || layer.Kind is LayerKind.Linear or LayerKind.Relu or LayerKind.LeakyRelu or LayerKind.Silu or LayerKind.Sigmoid,
            "it needs a map, and is given a vector");
        switch (layer.Kind)
        {
            case LayerKind.Convolution:
                RequireWindow(layer);
                Require(layer.Channels > 0, "'channels' must be positive");
                return Windows(layer, input) with { Channels = layer.Channels };
            case LayerKind.TransposedConvolution:
                Require(layer.Channels > 0, "'channels' must be positive");
                return new LayerShape(2 * input.Height, 2 * input.Width, layer.Channels);
            case LayerKind.Linear:
                Require(layer.Channels > 0, "'channels' must be positive");
                return input with { Channels = layer.Channels };
            case LayerKind.GroupNorm:
                Require(
                    layer.Groups > 0 && input.Channels % layer.Groups == 0,
                    $"{layer.Groups} groups do not divide {input.Channels} channels");
                return input;
            case LayerKind.MaximumPool or LayerKind.AveragePool:
                RequireWindow(layer);
                Require(2 * layer.Padding <= layer.Kernel, "'padding' is more than half of 'kernel'");
                return Windows(layer, input);
            case LayerKind.UpsampleNearest or LayerKind.UpsampleBilinear:
                return input with { Height = 2 * input.Height, Width = 2 * input.Width };
            case LayerKind.Concat:
                foreach (var other in inputs)
                {
                    Require(other.Height == input.Height && other.Width == input.Width, $"{input} and {other} cannot be joined");
                }

                return input with { Channels = inputs.Sum(other => other.Channels) };
            case LayerKind.Add:
                Require(inputs[1] == input, $"{input} and {inputs[1]} cannot be added");
                return input;
            case LayerKind.Mean:
                return new LayerShape(0, 0, input.Channels);
            default:
                return input;
        }
    }

    private static LayerShape Windows(LayerDescription layer, LayerShape input)
    {
        var (height, width) = (input.Height + (2 * layer.Padding) - layer.Kernel, input.Width + (2 * layer.Padding) - layer.Kernel);
        Require(height >= 0 && width >= 0, $"its window of {layer.Kernel} is larger than its input {input} with padding");
        return input with { Height = (height / layer.Stride) + 1, Width = (width / layer.Stride) + 1 };
    }

    private static void RequireWindow(LayerDescription layer) => Require(
        layer is { Kernel: > 0, Stride: > 0, Padding: >= 0 }, "'kernel' and 'stride' must be positive, 'padding' 0 or more");

    private static void Require(bool condition, string fault)
    {
        if (!condition)
        {
            throw new ArgumentException(fault);
        }
    }
}
