namespace KernelDiff.Engine.Files.Onnx;

/// <summary>A constant setting of a node (<c>AttributeProto</c>).</summary>
internal sealed class OnnxAttribute
{
    private const int NameField = 1;
    private const int TypeField = 20;

    private OnnxAttribute(ProtobufMessage message)
    {
        Message = message;
    }

    public ProtobufMessage Message { get; }

    public static OnnxAttribute Of(string name, float value) => new(Begin(name, 1).Add(2, value));

    public static OnnxAttribute Of(string name, long value) => new(Begin(name, 2).Add(3, value));

    public static OnnxAttribute Of(string name, string value) => new(Begin(name, 3).Add(4, value));

    public static OnnxAttribute Of(string name, params long[] values) =>
        new(values.Aggregate(Begin(name, 7), (message, value) => message.Add(8, value)));

    private static ProtobufMessage Begin(string name, long type) => new ProtobufMessage().Add(NameField, name).Add(TypeField, type);
}
