using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KernelDiff.Engine.Files;

/// <summary>A tensor that a <see cref="SafeTensorsWriter"/> is going to write.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Type">The type in which its elements are stored.</param>
/// <param name="Shape">Its dimensions, outermost first; empty for a scalar.</param>
public sealed record TensorDeclaration(string Name, ElementType Type, IReadOnlyList<int> Shape);

/// <summary>
/// Writes a safetensors file tensor by tensor, atomically. The layout depends on the declared tensors only, not on their order: widest
/// elements first (so that every tensor is aligned), then by name; tensors may be handed over in any order. Until
/// <see cref="Commit"/> an older file of the same name is untouched, and without it nothing remains.
/// </summary>
public sealed class SafeTensorsWriter : IDisposable
{
    private const string MetadataKey = "__metadata__";
    private const int ChunkBytes = 1 << 18;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string path;
    private readonly AtomicFile file;
    private readonly Dictionary<string, Slot> slotsByName = new(StringComparer.Ordinal);

    /// <param name="path">The file to write.</param>
    /// <param name="tensors">What will be written.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>, or null for none.</param>
    /// <exception cref="ArgumentException">A name is taken twice or reserved, a shape is beyond 2^31-1 elements, or text is malformed.</exception>
    /// <exception cref="IOException">The file cannot be created or the disk has no room for it.</exception>
    public SafeTensorsWriter(
        string path, IEnumerable<TensorDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        this.path = path;
        List<Slot> slots = Place(tensors);
        byte[] header = BuildHeader(slots, metadata);
        foreach (Slot slot in slots)
        {
            slot.Offset += header.Length;
            slotsByName.Add(slot.Declaration.Name, slot);
        }

        long length = slots.Count == 0 ? header.Length : slots[^1].Offset + slots[^1].ByteSize;
        file = new AtomicFile(path, length);
        try
        {
            file.Write(0, header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes all elements of a floating-point tensor, rounding to nearest where its type is narrower.</summary>
    /// <param name="name">A declared tensor that was not written yet.</param>
    /// <param name="elements">Its elements in row-major order.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Write(string name, ReadOnlySpan<float> elements)
    {
        Slot slot = Claim(
            name, elements.Length, false, ElementType.F16, ElementType.BF16, ElementType.F32, ElementType.F64);
        int size = slot.Declaration.Type.Size();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (long offset = slot.Offset; !elements.IsEmpty;)
            {
                int count = Math.Min(elements.Length, ChunkBytes / size);
                Span<byte> bytes = buffer.AsSpan(0, count * size);
                ElementConversion.FromSingle(slot.Declaration.Type, elements[..count], bytes);
                file.Write(offset, bytes);
                offset += bytes.Length;
                elements = elements[count..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes all elements of an I64 tensor.</summary>
    /// <param name="name">A declared tensor that was not written yet.</param>
    /// <param name="elements">Its elements in row-major order.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void WriteInt64(string name, ReadOnlySpan<long> elements)
    {
        Slot slot = Claim(name, elements.Length, false, ElementType.I64);
        for (long offset = slot.Offset; !elements.IsEmpty;)
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(elements[..Math.Min(elements.Length, ChunkBytes / sizeof(long))]);
            file.Write(offset, bytes);
            offset += bytes.Length;
            elements = elements[(bytes.Length / sizeof(long))..];
        }
    }

    /// <summary>Writes all elements of a tensor of any type as they are to be stored, little-endian.</summary>
    /// <param name="name">A declared tensor that was not written yet.</param>
    /// <param name="bytes">Its elements in row-major order.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void WriteBytes(string name, ReadOnlySpan<byte> bytes)
    {
        Slot slot = Claim(name, bytes.Length, true);
        file.Write(slot.Offset, bytes);
    }

    /// <summary>Copies a tensor from another file without changing its type.</summary>
    /// <param name="name">A declared tensor that was not written yet, of the type and element count of <paramref name="tensor"/>.</param>
    /// <param name="source">The file to read.</param>
    /// <param name="tensor">One of its tensors.</param>
    /// <exception cref="WeightFileException">The source cannot be read.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Copy(string name, WeightFile source, WeightTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(tensor);
        Slot slot = Claim(name, tensor.ElementCount, false, tensor.Type);
        source.CopyBytes(tensor, ChunkBytes, (offset, bytes) => file.Write(slot.Offset + offset, bytes));
    }

    /// <summary>Gives the finished file its name.</summary>
    /// <exception cref="InvalidOperationException">A declared tensor was not written.</exception>
    /// <exception cref="IOException">The disk fails; an older file of this name is unchanged.</exception>
    public void Commit()
    {
        Slot? missing = slotsByName.Values.FirstOrDefault(slot => !slot.IsWritten);
        if (missing is not null)
            throw new InvalidOperationException($"{path}: tensor {PrintableText.Quote(missing.Declaration.Name)} was declared but not written.");
        file.Commit();
    }

    public void Dispose() => file.Dispose();

    private static List<Slot> Place(IEnumerable<TensorDeclaration> tensors)
    {
        List<Slot> slots = [.. tensors.Select(static tensor => new Slot(tensor))
            .OrderByDescending(static slot => slot.Declaration.Type.Size())
            .ThenBy(static slot => slot.Declaration.Type)
            .ThenBy(static slot => slot.Declaration.Name, StringComparer.Ordinal)];
        long offset = 0;
        var names = new HashSet<string>(StringComparer.Ordinal) { MetadataKey };
        foreach (Slot slot in slots)
        {
            if (!names.Add(slot.Declaration.Name))
                throw new ArgumentException($"The name {PrintableText.Quote(slot.Declaration.Name)} is taken twice or reserved.", nameof(tensors));
            slot.Offset = offset;
            offset = checked(offset + slot.ByteSize);
        }

        return slots;
    }

    /// <summary>The length, the JSON and the spaces that align the elements to 8 bytes.</summary>
    private static byte[] BuildHeader(List<Slot> slots, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.GetSpan(SafeTensorsHeader.PrefixLength)[..SafeTensorsHeader.PrefixLength].Clear();
        buffer.Advance(SafeTensorsHeader.PrefixLength);

        // Relaxed: the file is no web page, and a configuration inside the metadata stays readable.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
                WriteMetadata(json, metadata);
            foreach (Slot slot in slots)
                slot.WriteTo(json);
            json.WriteEndObject();
        }

        int padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(8)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        byte[] header = buffer.WrittenSpan.ToArray();
        int length = header.Length - SafeTensorsHeader.PrefixLength;
        if (length > SafeTensorsHeader.MaximumLength)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The header takes {length} bytes; safetensors allows 100000000."));
        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(MetadataKey);
        foreach ((string key, string value) in metadata.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
            json.WriteString(WellFormed(key), WellFormed(value));
        json.WriteEndObject();
    }

    /// <summary>The JSON writer would replace half of a surrogate pair silently, and the file would hold another name.</summary>
    private static string WellFormed(string text)
    {
        try
        {
            StrictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException exception)
        {
            throw new ArgumentException($"{PrintableText.Quote(text)} contains half of a surrogate pair.", nameof(text), exception);
        }

        return text;
    }

    /// <summary>Finds a declared tensor, checks what is given for it and marks it as written.</summary>
    private Slot Claim(string name, long given, bool inBytes, params ReadOnlySpan<ElementType> types)
    {
        ArgumentNullException.ThrowIfNull(name);
        string quoted = PrintableText.Quote(name);
        if (!slotsByName.TryGetValue(name, out Slot? slot))
            throw new ArgumentException($"Tensor {quoted} was not declared.", nameof(name));
        if (slot.IsWritten)
            throw new InvalidOperationException($"Tensor {quoted} was written before.");
        if (!types.IsEmpty && !types.Contains(slot.Declaration.Type))
        {
            throw new ArgumentException(
                $"Tensor {quoted} was declared as {slot.Declaration.Type.SafeTensorsName()}, not as {string.Join(" or ", types.ToArray())}.",
                nameof(name));
        }

        long needed = inBytes ? slot.ByteSize : slot.ElementCount;
        if (given != needed)
        {
            string unit = inBytes ? "bytes" : "elements";
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"Tensor {quoted} takes {needed} {unit}, not {given}."), nameof(name));
        }

        slot.IsWritten = true;
        return slot;
    }

    /// <summary>The place of one tensor: first within the elements, then (once the header's length is known) within the file.</summary>
    private sealed class Slot
    {
        public Slot(TensorDeclaration declaration)
        {
            long[] shape = [.. declaration.Shape];
            Declaration = declaration;
            ElementCount = TensorShape.CountElements(shape) is int count && shape.Length <= TensorShape.MaximumRank
                ? count
                : throw new ArgumentException(
                    $"Tensor {PrintableText.Quote(declaration.Name)} has the impossible shape [{string.Join(", ", shape)}].", nameof(declaration));
        }

        public TensorDeclaration Declaration { get; }

        public long ElementCount { get; }

        public long ByteSize => ElementCount * Declaration.Type.Size();

        public long Offset { get; set; }

        public bool IsWritten { get; set; }

        public void WriteTo(Utf8JsonWriter json)
        {
            json.WriteStartObject(WellFormed(Declaration.Name));
            json.WriteString("dtype", Declaration.Type.SafeTensorsName());
            json.WriteStartArray("shape");
            foreach (int dimension in Declaration.Shape)
                json.WriteNumberValue(dimension);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(Offset);
            json.WriteNumberValue(Offset + ByteSize);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
