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

    private readonly RandomAccessFile _file;
    private readonly DescriptionBudget _budget;
    private readonly List<Description> _descriptions = [];
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private Utf8JsonReader _reader;

    private SafeTensorsHeader(RandomAccessFile file, ReadOnlySpan<byte> json)
    {
        _file = file;
        _budget = new DescriptionBudget(file);
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
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
        _reader.Read();
        while (ReadKey(out string name))
        {
            if (!names.Add(name))
                throw _file.Fault($"the safetensors header lists {PrintableText.Quote(name)} twice");
            if (name == MetadataKey)
                ReadMetadata();
            else
                _descriptions.Add(ReadDescription(name));
        }

        // Only white space may follow the closing brace; the reader throws on anything else.
        while (_reader.Read())
            ;
    }

    private void ReadMetadata()
    {
        Expect(JsonTokenType.StartObject, MetadataKey, "an object");
        while (ReadKey(out string key))
        {
            Expect(JsonTokenType.String, MetadataKey, "an object of strings");
            if (!_metadata.TryAdd(key, ReadText()))
                throw _file.Fault($"the safetensors metadata has the key {PrintableText.Quote(key)} twice");
        }
    }

    private Description ReadDescription(string name)
    {
        _budget.Charge(DescriptionBudget.Tensor);
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
                        ?? throw _file.Fault(
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
                    throw _file.Fault($"tensor {PrintableText.Quote(name)} has an unknown or repeated key {PrintableText.Quote(key)}");
            }
        }

        if (type is null || shape is null || offsets is not [long begin, long end])
            throw _file.Fault($"tensor {PrintableText.Quote(name)} lacks its dtype, shape or two data_offsets");
        return Describe(name, type.Value, shape, begin, end);
    }

    private readonly Description Describe(string name, ElementType type, List<long> shape, long begin, long end)
    {
        int count = TensorShape.CountElements(shape.ToArray()) ?? throw _file.Fault(
            $"tensor {PrintableText.Quote(name)} has the shape [{string.Join(", ", shape)}], which is more than 2^31-1 elements",
            "Split the tensor; none may be larger.");
        if (end < begin || end - begin != (long)count * type.Size())
        {
            string description = $"{PrintableText.Quote(name)} of {type.SafeTensorsName()} [{string.Join(", ", shape)}]";
            throw _file.Fault(Invariant($"tensor {description} claims bytes {begin} to {end}, which do not fit its shape"));
        }

        return new Description(name, type, [.. shape.Select(dimension => (int)dimension)], count, begin, end);
    }

    private readonly WeightFileContents Place(long dataOffset)
    {
        long expected = 0;
        var tensors = new List<WeightTensor>(_descriptions.Count);
        var stateDict = new OrderedDictionary<string, WeightTensor>(_descriptions.Count, StringComparer.Ordinal);
        foreach (Description description in _descriptions.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End))
        {
            // One test for overlaps, holes and order: the sorted ranges must join without a seam.
            if (description.Begin != expected)
            {
                string seam = description.Begin < expected ? "overlaps another tensor" : "leaves a hole before it";
                throw _file.Fault($"tensor {PrintableText.Quote(description.Name)} {seam}");
            }

            expected = description.End;
            var region = new ElementRegion(_file, dataOffset + description.Begin);
            var tensor = new WeightTensor(description.Name, description.Type, description.Shape, description.ElementCount, region);
            tensors.Add(tensor);
            stateDict.Add(tensor.Name, tensor);
        }

        long available = _file.Length - dataOffset;
        if (expected != available)
            throw _file.Fault(Invariant($"the tensors take {expected} bytes, but {available} follow the header"));
        return new WeightFileContents(WeightFileFormat.SafeTensors, tensors, stateDict, _metadata, []);
    }

    private bool ReadKey(out string key)
    {
        _reader.Read();
        bool isKey = _reader.TokenType == JsonTokenType.PropertyName;
        key = isKey ? ReadText() : string.Empty;
        return isKey;
    }

    private void Expect(JsonTokenType token, string name, string expectation)
    {
        _reader.Read();
        if (_reader.TokenType != token)
            throw _file.Fault($"{PrintableText.Quote(name)} in the safetensors header is not {expectation}");
    }

    private string ReadText()
    {
        _budget.ChargeText(_reader.ValueSpan.Length);
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw _file.Fault("a string in the safetensors header escapes half of a surrogate pair");
        }
    }

    private List<long> ReadNumbers(string name, string key, int maximumCount)
    {
        Expect(JsonTokenType.StartArray, name, $"described by an array as its {key}");
        var numbers = new List<long>(4);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out long number) || number < 0)
                throw _file.Fault($"tensor {PrintableText.Quote(name)} has something else than whole numbers from 0 on in its {key}");
            if (numbers.Count == maximumCount)
                throw _file.Fault(Invariant($"tensor {PrintableText.Quote(name)} has more than {maximumCount} numbers in its {key}"));
            numbers.Add(number);
        }

        return numbers;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
