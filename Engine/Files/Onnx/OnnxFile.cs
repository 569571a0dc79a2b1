using System.Globalization;

namespace KernelDiff.Engine.Files.Onnx;

/// <summary>Writes a graph as an ONNX file (<c>ModelProto</c>), weight by weight and atomically.</summary>
internal static class OnnxFile
{
    /// <summary>Operators as of ONNX 1.12, which every runtime since 2022 has.</summary>
    private const int OperatorSet = 17;

    /// <summary>The format's version that belongs to it.</summary>
    private const int FormatVersion = 8;

    /// <summary>Protocol Buffers allow no larger message.</summary>
    private const long MaximumBytes = int.MaxValue;

    private const int InitializerField = 5;
    private const int GraphField = 7;

    /// <param name="path">The file to write.</param>
    /// <param name="graph">What it computes.</param>
    /// <param name="metadata">Strings for <c>metadata_props</c>.</param>
    /// <param name="cancellation">Stops between two weights; nothing remains then.</param>
    /// <exception cref="ArgumentException">The weights take more than an ONNX file can hold.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        string path, OnnxGraph graph, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        var structure = Structure(graph);
        var announcements = graph.Tensors.Select(Announce).ToList();
        var graphLength = structure.Encoded.Length
            + announcements.Sum(announcement => (long)announcement.Encoded.Length)
            + graph.Tensors.Sum(tensor => tensor.ByteSize);
        var head = Head(metadata).AddLength(GraphField, graphLength);
        var length = head.Encoded.Length + graphLength;
        if (length > MaximumBytes)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"The weights take {length:N0} bytes, and an ONNX file holds at most {MaximumBytes:N0}. Export as safetensors instead."));
        }

        using var file = new AtomicFile(path, length);
        var offset = 0L;
        Append(head.Encoded.Span);
        Append(structure.Encoded.Span);
        for (var i = 0; i < announcements.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Append(announcements[i].Encoded.Span);
            graph.Tensors[i].Write(Append);
        }

        file.Commit();

        void Append(ReadOnlySpan<byte> bytes)
        {
            file.Write(offset, bytes);
            offset += bytes.Length;
        }
    }

    private static ProtobufMessage Head(IReadOnlyDictionary<string, string> metadata)
    {
        var head = new ProtobufMessage()
            .Add(1, FormatVersion)
            .Add(2, "KernelDiff")
            .Add(8, new ProtobufMessage().Add(1, "").Add(2, OperatorSet));
        foreach (var (key, value) in metadata)
        {
            head.Add(14, new ProtobufMessage().Add(1, key).Add(2, value));
        }

        return head;
    }

    /// <summary>All of the graph but its constants.</summary>
    private static ProtobufMessage Structure(OnnxGraph graph)
    {
        var structure = new ProtobufMessage().Add(2, graph.Name);
        foreach (var node in graph.Nodes)
        {
            structure.Add(1, node);
        }

        foreach (var input in graph.Inputs)
        {
            structure.Add(11, input);
        }

        foreach (var output in graph.Outputs)
        {
            structure.Add(12, output);
        }

        return structure;
    }

    /// <summary>Field and length of a constant and all of it but its elements.</summary>
    private static ProtobufMessage Announce(OnnxTensor tensor)
    {
        var description = tensor.Description.Encoded;
        var announcement = new ProtobufMessage().AddLength(InitializerField, description.Length + tensor.ByteSize);
        announcement.Append(description.Span);
        return announcement;
    }
}
