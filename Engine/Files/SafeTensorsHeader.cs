using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace KernelDiff.Engine.Files;

/// <summary>
/// Reads the header of a safetensors file: 8 bytes of little-endian length, that many bytes of JSON, then the elements. Format:
/// https://github.com/huggingface/safetensors, of which every rule is enforced, and two more: unknown keys in a tensor's description are
/// refused, and so are tensors beyond 2^31-1 elements.
/// </summary>
internal ref struct SafeTensorsHeader
{
    /// <summary>The longest header that the format allows, in bytes.</summary>
    public const int MaximumLength = 100_000_000;

    /// <summary>Bytes before the JSON.</summary>
    public const int PrefixLength = 8;

    private const string MetadataKey = "__metadata__";

    private readonly RandomAccessFile file;
    private readonly DescriptionBudget budget;
    private readonly List<Description> descriptions = [];
    private readonly SortedDictionary<string, string> metadata = new(StringComparer.Ordinal);
    private Utf8JsonReader reader;

    private SafeTensorsHeader(RandomAccessFile file, ReadOnlySpan<byte> json)
    {
        this.file = file;
        budget = new DescriptionBudget(file);
        reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
    }

    private sealed record Description(string Name, ElementType Type, ImmutableArray<int> Shape, int ElementCount, long Begin, long End);

    /// <summary>Whether a file with these first bytes has its JSON where a safetensors file has it.</summary>
    public static bool HasBrace(ReadOnlySpan<byte> head) => head.Length > PrefixLength && head[PrefixLength] == (byte)'{';

    /// <summary>Whether, beyond <see cref="HasBrace"/>, the length before the JSON is possible, which it is in no other format read here.</summary>
    public static bool IsPlausible(ReadOnlySpan<byte> head) =>
        HasBrace(head) && BinaryPrimitives.ReadUInt64LittleEndian(head) <= MaximumLength;

    public static WeightFileContents Read(RandomAccessFile file)
    {
        Span<byte> prefix = stackalloc byte[PrefixLength];
        file.ReadExactly(0, prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaximumLength)
            throw file.Fault(Invariant($"the safetensors header claims {length} bytes; the format allows {MaximumLength}"));
        if ((long)length > file.Length - PrefixLength)
            throw file.Fault(Invariant($"the safetensors header claims {length} bytes, but only {file.Length - PrefixLength} follow"));

        byte[] json = file.ReadBytes(PrefixLength, (int)length);
        if (json.Length == 0 || json[0] != (byte)'{')
            throw file.Fault("the safetensors header does not start with '{'");
        if (!Utf8.IsValid(json))
            throw file.Fault("the safetensors header is not valid UTF-8");

        var header = new SafeTensorsHeader(file, json);
        try
        {
            header.ReadRoot();
        }
        catch (JsonException exception)
        {
            // Without the exception's own text, which quotes the file.
            throw file.Fault(Invariant($"the safetensors header is not valid JSON at its byte {exception.BytePositionInLine ?? 0}"));
        }

        return header.Place(PrefixLength + (long)length);
    }

    private void ReadRoot()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        reader.Read();
        while (ReadKey(out string name))
        {
            if (!names.Add(name))
                throw file.Fault($"the safetensors header lists {PrintableText.Quote(name)} twice");
            if (name == MetadataKey)
                ReadMetadata();
            else
                descriptions.Add(ReadDescription(name));
        }

        // Only white space may follow the closing brace; the reader throws on anything else.
        while (reader.Read())
            ;
    }

    private void ReadMetadata()
    {
        Expect(JsonTokenType.StartObject, MetadataKey, "an object");
        while (ReadKey(out string key))
        {
            budget.Charge(2 * DescriptionBudget.Object);
            Expect(JsonTokenType.String, MetadataKey, "an object of strings");
            if (!metadata.TryAdd(key, ReadText()))
                throw file.Fault($"the safetensors metadata has the key {PrintableText.Quote(key)} twice");
        }
    }

    private Description ReadDescription(string name)
    {
        budget.Charge(DescriptionBudget.Tensor);
        ElementType? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        Expect(JsonTokenType.StartObject, name, "an object");
        while (ReadKey(out string key))
        {
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(JsonTokenType.String, name, "described by a string as its dtype");
                    string typeName = ReadText();
                    type = ElementTypes.FromSafeTensorsName(typeName)
                        ?? throw file.Fault(
                            $"tensor {PrintableText.Quote(name)} has the element type {PrintableText.Quote(typeName)}, which is not supported",
                            "Convert it to F32, F16 or BF16.");
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(name, "shape", TensorShape.MaximumRank);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(name, "data_offsets", 2);
                    break;
                default:
                    throw file.Fault($"tensor {PrintableText.Quote(name)} has an unknown or repeated key {PrintableText.Quote(key)}");
            }
        }

        if (type is null || shape is null || offsets is not [long begin, long end])
            throw file.Fault($"tensor {PrintableText.Quote(name)} lacks its dtype, shape or two data_offsets");
        return Describe(name, type.Value, shape, begin, end);
    }

    private readonly Description Describe(string name, ElementType type, List<long> shape, long begin, long end)
    {
        int count = TensorShape.CountElements(shape.ToArray()) ?? throw file.Fault(
            $"tensor {PrintableText.Quote(name)} has the shape [{string.Join(", ", shape)}], which is more than 2^31-1 elements",
            "Split the tensor; none may be larger.");
        if (end < begin || end - begin != (long)count * type.Size())
        {
            string description = $"{PrintableText.Quote(name)} of {type.SafeTensorsName()} [{string.Join(", ", shape)}]";
            throw file.Fault(Invariant($"tensor {description} claims bytes {begin} to {end}, which do not fit its shape"));
        }

        return new Description(name, type, [.. shape.Select(dimension => (int)dimension)], count, begin, end);
    }

    private readonly WeightFileContents Place(long dataOffset)
    {
        long expected = 0;
        var tensors = new List<WeightTensor>(descriptions.Count);
        var stateDict = new OrderedDictionary<string, WeightTensor>(descriptions.Count, StringComparer.Ordinal);
        foreach (Description description in descriptions.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End))
        {
            // One test for overlaps, holes and order: the sorted ranges must join without a seam.
            if (description.Begin != expected)
            {
                string seam = description.Begin < expected ? "overlaps another tensor" : "leaves a hole before it";
                throw file.Fault($"tensor {PrintableText.Quote(description.Name)} {seam}");
            }

            expected = description.End;
            var region = new ElementRegion(file, dataOffset + description.Begin);
            var tensor = new WeightTensor(description.Name, description.Type, description.Shape, description.ElementCount, region);
            tensors.Add(tensor);
            stateDict.Add(tensor.Name, tensor);
        }

        long available = file.Length - dataOffset;
        if (expected != available)
            throw file.Fault(Invariant($"the tensors take {expected} bytes, but {available} follow the header"));
        return new WeightFileContents(WeightFileFormat.SafeTensors, tensors, stateDict, metadata, []);
    }

    private bool ReadKey(out string key)
    {
        reader.Read();
        bool isKey = reader.TokenType == JsonTokenType.PropertyName;
        key = isKey ? ReadText() : string.Empty;
        return isKey;
    }

    private void Expect(JsonTokenType token, string name, string expectation)
    {
        reader.Read();
        if (reader.TokenType != token)
            throw file.Fault($"{PrintableText.Quote(name)} in the safetensors header is not {expectation}");
    }

    private string ReadText()
    {
        budget.ChargeText(reader.ValueSpan.Length);
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw file.Fault("a string in the safetensors header escapes half of a surrogate pair");
        }
    }

    private List<long> ReadNumbers(string name, string key, int maximumCount)
    {
        Expect(JsonTokenType.StartArray, name, $"described by an array as its {key}");
        var numbers = new List<long>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw file.Fault($"tensor {PrintableText.Quote(name)} has something else than whole numbers from 0 on in its {key}");
            if (numbers.Count == maximumCount)
                throw file.Fault(Invariant($"tensor {PrintableText.Quote(name)} has more than {maximumCount} numbers in its {key}"));
            numbers.Add(number);
        }

        return numbers;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
