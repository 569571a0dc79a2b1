using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace KernelDiff.Engine.Files;

/// <summary>Takes the bytes that belong at an offset.</summary>
internal delegate void WriteBytesAt(long offset, ReadOnlySpan<byte> bytes);

/// <summary>
/// A weight file opened for reading: safetensors, or what <c>torch.save</c> writes (.ckpt, .pt, .pth, also from Lightning). The content
/// decides the format, not the extension. Opening reads and checks descriptions only; elements are read tensor by tensor on request, so
/// that reading a whole file needs no more memory than its largest tensor. Nothing that a file contains is ever executed.
/// </summary>
/// <remarks>Reading is thread-safe; disposing is not.</remarks>
public sealed class WeightFile : IDisposable
{
    private readonly RandomAccessFile file;
    private readonly WeightFileContents contents;

    private WeightFile(RandomAccessFile file, WeightFileContents contents)
    {
        this.file = file;
        this.contents = contents;
    }

    /// <summary>The file as the caller named it.</summary>
    public string Path => file.Path;

    /// <summary>Bytes in the file.</summary>
    public long Length => file.Length;

    /// <summary>What the content turned out to be.</summary>
    public WeightFileFormat Format => contents.Format;

    /// <summary>
    /// Every tensor: a safetensors file's in the order of their elements, a torch file's in the order of its dictionaries, which includes
    /// optimiser state and whatever else was saved.
    /// </summary>
    public IReadOnlyList<WeightTensor> Tensors => contents.Tensors;

    /// <summary>
    /// The tensors of the network by their names in its state dict, in the file's order. For a safetensors file these are all tensors.
    /// A torch file's are found under <c>state_dict</c> (Lightning) or a similar key, or at the top.
    /// </summary>
    public IReadOnlyDictionary<string, WeightTensor> StateDict => contents.StateDict;

    /// <summary>A safetensors file's <c>__metadata__</c>; a torch file's plain values at the top, such as <c>epoch</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => contents.Metadata;

    /// <summary>
    /// Python classes and functions that a torch file mentions without using them, such as the type of a callback. They are only names.
    /// </summary>
    public IReadOnlyList<string> UnusedGlobals => contents.UnusedGlobals;

    /// <summary>Opens a weight file and checks its whole description.</summary>
    /// <exception cref="WeightFileException">The file cannot be opened, is not a weight file, or is damaged or hostile.</exception>
    public static WeightFile Open(string path)
    {
        RandomAccessFile file = RandomAccessFile.Open(path);
        try
        {
            return new WeightFile(file, FileSignature.Identify(file) switch
            {
                WeightFileFormat.SafeTensors => SafeTensorsHeader.Read(file),
                WeightFileFormat.TorchZip => TorchZipReader.Read(file),
                _ => TorchLegacyReader.Read(file),
            });
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tensor of the state dict with this name.</summary>
    /// <exception cref="WeightFileException">There is none.</exception>
    public WeightTensor Find(string name) => TryFind(name, out WeightTensor? tensor)
        ? tensor
        : throw file.Fault(
            string.Create(CultureInfo.InvariantCulture, $"there is no tensor {PrintableText.Quote(name)} among its {StateDict.Count}"),
            "Check that the file belongs to this network; `kerneldiff inspect` lists what it holds.");

    /// <summary>Looks up a tensor of the state dict.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out WeightTensor? tensor) => contents.StateDict.TryGetValue(name, out tensor);

    /// <summary>
    /// Reads all elements in row-major order as float32, rounding to nearest where the stored type is wider. F64 beyond the range of
    /// float32 becomes an infinity; boolean elements become 0 or 1.
    /// </summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="destination">Managed or native memory for exactly <see cref="WeightTensor.ElementCount"/> elements.</param>
    /// <exception cref="WeightFileException">The file cannot be read.</exception>
    public void ReadSingle(WeightTensor tensor, Span<float> destination)
    {
        CheckArguments(tensor, destination.Length, tensor?.ElementCount);
        ElementReader.ReadSingle(tensor!, destination);
    }

    /// <summary>Reads all elements in row-major order as float32 into a new array; see <see cref="ReadSingle(WeightTensor, Span{float})"/>.</summary>
    public float[] ReadSingle(WeightTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        float[] elements = new float[tensor.ElementCount];
        ReadSingle(tensor, elements);
        return elements;
    }

    /// <summary>Reads all elements of an integer or boolean type in row-major order, without loss.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>, of an <see cref="ElementTypes.IsInteger">integer</see> type.</param>
    /// <param name="destination">Memory for exactly <see cref="WeightTensor.ElementCount"/> elements.</param>
    /// <exception cref="WeightFileException">The file cannot be read, or the tensor holds floating-point or too large numbers.</exception>
    public void ReadInt64(WeightTensor tensor, Span<long> destination)
    {
        CheckArguments(tensor, destination.Length, tensor?.ElementCount);
        if (!tensor!.Type.IsInteger())
        {
            throw file.Fault(
                $"tensor {PrintableText.Quote(tensor.Name)} holds {tensor.Type.SafeTensorsName()} where whole numbers are needed",
                "Check that the file belongs to this network.");
        }

        try
        {
            ElementReader.ReadInt64(tensor, destination);
        }
        catch (OverflowException exception)
        {
            throw new WeightFileException(
                Path, $"tensor {PrintableText.Quote(tensor.Name)} holds numbers beyond 2^63-1", "Save them as I64.", exception);
        }
    }

    /// <summary>Reads all elements in row-major order as they are stored, little-endian.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>, of at most 2^31-1 bytes.</param>
    /// <param name="destination">Memory for exactly <see cref="WeightTensor.ByteSize"/> bytes.</param>
    /// <exception cref="WeightFileException">The file cannot be read.</exception>
    public void ReadBytes(WeightTensor tensor, Span<byte> destination)
    {
        CheckArguments(tensor, destination.Length, tensor?.ByteSize);
        ElementReader.ReadBytes(tensor!, destination);
    }

    /// <summary>
    /// Hands over the bytes of a tensor in order, in parts of at most <paramref name="chunkBytes"/> where its elements lie in row-major
    /// order and otherwise at once.
    /// </summary>
    internal void CopyBytes(WeightTensor tensor, int chunkBytes, WriteBytesAt write)
    {
        if (tensor.Region is not { Strides: null, IsBigEndian: false })
        {
            if (tensor.ByteSize > Array.MaxLength)
            {
                throw file.Fault(
                    $"tensor {PrintableText.Quote(tensor.Name)} is strided and takes more than 2^31-1 bytes",
                    "Make it contiguous before saving it.");
            }

            byte[] bytes = new byte[tensor.ByteSize];
            ReadBytes(tensor, bytes);
            write(0, bytes);
            return;
        }

        CheckArguments(tensor, 0, 0);
        byte[] chunk = new byte[(int)Math.Min(chunkBytes, tensor.ByteSize)];
        for (long offset = 0; offset < tensor.ByteSize; offset += chunk.Length)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, tensor.ByteSize - offset));
            file.ReadExactly(tensor.Region.Offset + offset, part);
            write(offset, part);
        }
    }

    public void Dispose() => file.Dispose();

    private void CheckArguments(WeightTensor? tensor, long given, long? needed)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!ReferenceEquals(tensor.Region.File, file))
            throw new ArgumentException($"Tensor {PrintableText.Quote(tensor.Name)} belongs to another file.", nameof(tensor));
        if (given != needed)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"Tensor {PrintableText.Quote(tensor.Name)} needs room for {needed}, not {given}."),
                nameof(tensor));
        }
    }
}
