namespace KernelDiff.Engine.Files.Onnx;

/// <summary>The elements of a graph's input or output.</summary>
internal enum OnnxElement
{
    Single = 1,
    Int64 = 7,
}

/// <summary>A computation graph while it is being built (<c>GraphProto</c>). Values are named after the node that makes them.</summary>
internal sealed class OnnxGraph(string name)
{
    private readonly List<ProtobufMessage> nodes = [];
    private readonly List<OnnxTensor> tensors = [];
    private readonly List<ProtobufMessage> inputs = [];
    private readonly List<ProtobufMessage> outputs = [];
    private readonly Dictionary<string, int> uses = [];
    private readonly HashSet<string> constants = [];

    public string Name => name;

    public IReadOnlyList<ProtobufMessage> Nodes => nodes;

    /// <summary>Weights and constants.</summary>
    public IReadOnlyList<OnnxTensor> Tensors => tensors;

    public IReadOnlyList<ProtobufMessage> Inputs => inputs;

    public IReadOnlyList<ProtobufMessage> Outputs => outputs;

    /// <summary>Declares an input.</summary>
    /// <param name="input">Its name.</param>
    /// <param name="element">What it holds.</param>
    /// <param name="shape">Sizes; text for one that the caller chooses.</param>
    public string Input(string input, OnnxElement element, params IReadOnlyList<object> shape)
    {
        inputs.Add(ValueInfo(input, element, shape));
        return input;
    }

    /// <summary>Gives a value a name of its own and declares it as output.</summary>
    public void Output(string output, string value, params IReadOnlyList<object> shape)
    {
        AddNode("Identity", output, [value], [output], []);
        outputs.Add(ValueInfo(output, OnnxElement.Single, shape));
    }

    /// <summary>Adds a node with one result.</summary>
    /// <param name="scope">The module that it belongs to.</param>
    /// <param name="operation">The operator's name.</param>
    /// <param name="operands">Values; an empty name leaves an optional one out.</param>
    /// <param name="attributes">Constant settings.</param>
    /// <returns>The result's name.</returns>
    public string Node(string scope, string operation, IReadOnlyList<string> operands, params IReadOnlyList<OnnxAttribute> attributes)
    {
        var unique = Unique($"{scope}/{operation}");
        AddNode(operation, unique, operands, [unique], attributes);
        return unique;
    }

    /// <summary>Adds a node with several results.</summary>
    public string[] NodeOfResults(
        string scope, string operation, int results, IReadOnlyList<string> operands, params IReadOnlyList<OnnxAttribute> attributes)
    {
        var unique = Unique($"{scope}/{operation}");
        string[] names = [.. Enumerable.Range(0, results).Select(index => $"{unique}.{index}")];
        AddNode(operation, unique, operands, names, attributes);
        return names;
    }

    /// <summary>A weight; a second use of the same name gets the same one.</summary>
    public string Weight(string weight, IReadOnlyList<long> shape, Func<float[]> values)
    {
        if (constants.Add(weight))
        {
            tensors.Add(OnnxTensor.Of(weight, shape, values));
        }

        return weight;
    }

    /// <summary>A constant vector of whole numbers, such as a shape.</summary>
    public string Constant(params long[] values)
    {
        var constant = $"constant/{string.Join(',', values)}";
        if (constants.Add(constant))
        {
            tensors.Add(OnnxTensor.Of(constant, values));
        }

        return constant;
    }

    /// <summary>A constant vector of fp32 values under a name of its own.</summary>
    public string Constant(string constant, params float[] values) => Weight(constant, [values.Length], () => values);

    private static ProtobufMessage ValueInfo(string value, OnnxElement element, IReadOnlyList<object> shape)
    {
        var sizes = new ProtobufMessage();
        foreach (var size in shape)
        {
            sizes.Add(1, size is string free ? new ProtobufMessage().Add(2, free) : new ProtobufMessage().Add(1, Convert.ToInt64(size, null)));
        }

        var tensor = new ProtobufMessage().Add(1, (long)element).Add(2, sizes);
        return new ProtobufMessage().Add(1, value).Add(2, new ProtobufMessage().Add(1, tensor));
    }

    private void AddNode(
        string operation, string node, IReadOnlyList<string> operands, IReadOnlyList<string> results, IReadOnlyList<OnnxAttribute> attributes)
    {
        var message = new ProtobufMessage();
        foreach (var operand in operands)
        {
            message.Add(1, operand);
        }

        foreach (var result in results)
        {
            message.Add(2, result);
        }

        message.Add(3, node).Add(4, operation);
        foreach (var attribute in attributes)
        {
            message.Add(5, attribute.Message);
        }

        nodes.Add(message);
    }

    private string Unique(string wanted)
    {
        var count = uses[wanted] = uses.GetValueOrDefault(wanted) + 1;
        return count == 1 ? wanted : $"{wanted}_{count}";
    }
}
