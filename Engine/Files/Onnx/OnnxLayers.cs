using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Files.Onnx;

/// <summary>Reads a parameter in the order of PyTorch's files.</summary>
/// <param name="specification">With its full name in the network.</param>
public delegate float[] ReadParameter(ParameterSpecification specification);

/// <summary>
/// The layers that networks are made of, as ONNX nodes over [batch, channels, height, width] or [batch, tokens, channels]. A layer is
/// named by the prefix of its parameters; which optional ones it has follows from the network's specifications.
/// </summary>
internal sealed class OnnxLayers(OnnxGraph graph, IEnumerable<ParameterSpecification> specifications, ReadParameter read)
{
    private const int Groups = 32;

    private readonly Dictionary<string, ParameterSpecification> specifications =
        specifications.ToDictionary(specification => specification.Name);

    public OnnxGraph Graph => graph;

    /// <summary>Whether the network has parameters under a name.</summary>
    public bool Has(string layer) => specifications.ContainsKey(layer + ".weight");

    /// <summary>Sizes of a layer's weights, as PyTorch orders them.</summary>
    public Tensors.TensorShape WeightShape(string layer) => specifications[layer + ".weight"].FileShape;

    /// <summary>A parameter as it lies in PyTorch's files, optionally seen in another shape with as many elements.</summary>
    public string Parameter(string parameter, params long[] shape)
    {
        var specification = specifications[parameter];
        long[] own = [.. specification.FileShape.ToArray().Select(size => (long)size)];
        return graph.Weight(parameter, shape.Length == 0 ? own : shape, () => read(specification));
    }

    /// <summary>Convolution over pixels (weights of rank 4) or tokens in their second-last place (rank 3).</summary>
    /// <param name="x">[batch, channels, height, width] or [batch, channels, tokens].</param>
    /// <param name="layer">The layer.</param>
    /// <param name="stride">Of both axes.</param>
    /// <param name="padding">Zeros before each axis, then after each; null keeps the size at stride 1.</param>
    public string Convolution(string x, string layer, int stride = 1, long[]? padding = null)
    {
        var axes = WeightShape(layer).Rank - 2;
        var around = WeightShape(layer)[2] / 2;
        return graph.Node(
            layer,
            "Conv",
            [x, Parameter(layer + ".weight"), Parameter(layer + ".bias")],
            OnnxAttribute.Of("strides", [.. Enumerable.Repeat((long)stride, axes)]),
            OnnxAttribute.Of("pads", padding ?? [.. Enumerable.Repeat((long)around, 2 * axes)]));
    }

    /// <summary>Linear layer on [batch, channels].</summary>
    public string LinearOfRows(string x, string layer) => graph.Node(
        layer, "Gemm", [x, Parameter(layer + ".weight"), Parameter(layer + ".bias")], OnnxAttribute.Of("transB", 1L));

    /// <summary>Linear layer on [batch, tokens, channels]; its weights are stored transposed.</summary>
    public string LinearOfTokens(string x, string layer)
    {
        var specification = specifications[layer + ".weight"];
        var weight = graph.Weight(
            specification.Name,
            [specification.FileShape[1], specification.FileShape[0]],
            () => ParameterLayouts.FromFile(specification, read(specification)));
        var product = graph.Node(layer, "MatMul", [x, weight]);
        return specifications.ContainsKey(layer + ".bias")
            ? graph.Node(layer, "Add", [product, Parameter(layer + ".bias")])
            : product;
    }

    /// <summary>
    /// Normalisation of 32 groups of channels, as instance normalisation of the groups: every runtime has it.
    /// </summary>
    /// <param name="x">[batch, channels, ...].</param>
    /// <param name="layer">The layer.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="axes">Axes behind the channels.</param>
    public string GroupNorm(string x, string layer, float epsilon, int axes = 2)
    {
        var grouped = graph.Node(layer, "Reshape", [x, graph.Constant(0, Groups, -1)]);
        var normed = graph.Node(
            layer,
            "InstanceNormalization",
            [grouped, graph.Constant("constant/ones", Filled(1)), graph.Constant("constant/zeros", Filled(0))],
            OnnxAttribute.Of("epsilon", epsilon));
        var reshaped = graph.Node(layer, "Reshape", [normed, graph.Node(layer, "Shape", [x])]);
        long[] broadcast = [WeightShape(layer)[0], .. Enumerable.Repeat(1L, axes)];
        var scaled = graph.Node(layer, "Mul", [reshaped, Parameter(layer + ".weight", broadcast)]);
        return graph.Node(layer, "Add", [scaled, Parameter(layer + ".bias", broadcast)]);

        static float[] Filled(float value) => [.. Enumerable.Repeat(value, Groups)];
    }

    /// <summary>Normalisation over the last axis.</summary>
    public string LayerNorm(string x, string layer) => graph.Node(
        layer,
        "LayerNormalization",
        [x, Parameter(layer + ".weight"), Parameter(layer + ".bias")],
        OnnxAttribute.Of("axis", -1L),
        OnnxAttribute.Of("epsilon", 1e-5f));

    /// <summary>x · sigmoid(x).</summary>
    public string Silu(string x, string scope) => graph.Node(scope, "Mul", [x, graph.Node(scope, "Sigmoid", [x])]);

    /// <summary>x · Φ(x), through the error function.</summary>
    public string Gelu(string x, string scope)
    {
        var scaled = graph.Node(scope, "Mul", [x, graph.Constant("constant/reciprocal-root-2", 1 / MathF.Sqrt(2))]);
        var doubled = graph.Node(scope, "Add", [graph.Node(scope, "Erf", [scaled]), graph.Constant("constant/one", 1)]);
        return graph.Node(scope, "Mul", [graph.Node(scope, "Mul", [x, doubled]), graph.Constant("constant/half", 0.5f)]);
    }

    /// <summary>Every pixel repeated 2 x 2.</summary>
    public string Double(string x, string scope) => graph.Node(
        scope,
        "Resize",
        [x, "", graph.Constant("constant/double", 1, 1, 2, 2)],
        OnnxAttribute.Of("mode", "nearest"),
        OnnxAttribute.Of("coordinate_transformation_mode", "asymmetric"),
        OnnxAttribute.Of("nearest_mode", "floor"));

    /// <summary>Means of 2 x 2 pixels.</summary>
    public string Halve(string x, string scope) => graph.Node(
        scope, "AveragePool", [x], OnnxAttribute.Of("kernel_shape", 2L, 2L), OnnxAttribute.Of("strides", 2L, 2L));

    /// <summary>softmax(q · kᵀ / sqrt(width)) · v.</summary>
    /// <param name="query">[batch, heads, queries, width].</param>
    /// <param name="key">[batch, heads, width, keys].</param>
    /// <param name="value">[batch, heads, keys, width].</param>
    /// <param name="width">Channels of a head.</param>
    /// <param name="scope">The module.</param>
    /// <returns>[batch, heads, queries, width].</returns>
    public string Attention(string query, string key, string value, int width, string scope)
    {
        var scale = graph.Constant($"constant/reciprocal-root-{width}", 1 / MathF.Sqrt(width));
        var scaled = graph.Node(scope, "Mul", [query, scale]);
        var weights = graph.Node(
            scope, "Softmax", [graph.Node(scope, "MatMul", [scaled, key])], OnnxAttribute.Of("axis", -1L));
        return graph.Node(scope, "MatMul", [weights, value]);
    }

    public string Add(string left, string right, string scope) => graph.Node(scope, "Add", [left, right]);

    public string Concat(string scope, int axis, params string[] parts) =>
        graph.Node(scope, "Concat", parts, OnnxAttribute.Of("axis", (long)axis));

    /// <summary>A size of 0 stays, one of -1 follows from the others.</summary>
    public string Reshape(string x, string scope, params long[] shape) => graph.Node(scope, "Reshape", [x, graph.Constant(shape)]);

    /// <summary>The shape that another value has.</summary>
    public string ReshapeAs(string x, string example, string scope) =>
        graph.Node(scope, "Reshape", [x, graph.Node(scope, "Shape", [example])]);

    public string Transpose(string x, string scope, params long[] order) =>
        graph.Node(scope, "Transpose", [x], OnnxAttribute.Of("perm", order));

    /// <summary>Equal parts of an axis.</summary>
    public string[] Split(string x, string scope, int axis, long length, int parts) => graph.NodeOfResults(
        scope,
        "Split",
        parts,
        [x, graph.Constant([.. Enumerable.Repeat(length, parts)])],
        OnnxAttribute.Of("axis", (long)axis));
}
