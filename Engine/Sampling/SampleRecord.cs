using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Sampling;

/// <summary>What a sampled image carries as PNG text: everything that is needed to make it again.</summary>
public sealed record SampleRecord
{
    /// <summary>The keyword of the text.</summary>
    public const string Keyword = "kerneldiff";

    private const int Version = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    [JsonPropertyName("format")]
    public int Format { get; init; } = Version;

    /// <summary>What the model calls itself.</summary>
    [JsonPropertyName("model")]
    public required string Model { get; init; }

    /// <summary>Hash over its weights.</summary>
    [JsonPropertyName("weights")]
    public required string Weights { get; init; }

    /// <summary>Where it was made; other devices round otherwise.</summary>
    [JsonPropertyName("device")]
    public required string Device { get; init; }

    /// <summary>Whether algorithms that round more than the formula itself were off.</summary>
    [JsonPropertyName("exact")]
    public bool Exact { get; init; }

    /// <summary>Hash of the plan that chose variants on that device; absent where none did.</summary>
    [JsonPropertyName("plan")]
    public string? Plan { get; init; }

    [JsonPropertyName("seed")]
    public required ulong Seed { get; init; }

    /// <summary>Which image of the seed.</summary>
    [JsonPropertyName("index")]
    public required int Index { get; init; }

    /// <summary>Seed of the noise towards which it starts, for interpolations.</summary>
    [JsonPropertyName("towards_seed")]
    public ulong? TowardsSeed { get; init; }

    [JsonPropertyName("towards_index")]
    public int? TowardsIndex { get; init; }

    [JsonPropertyName("towards_part")]
    public double? TowardsPart { get; init; }

    [JsonPropertyName("settings")]
    public required SamplingSettings Settings { get; init; }

    /// <summary>As <see cref="FaceAttributes.Parse"/> reads it; absent where attributes were no condition.</summary>
    [JsonPropertyName("attributes")]
    public string? Attributes { get; init; }

    /// <summary>Edge of the label map.</summary>
    [JsonPropertyName("mask_size")]
    public int? MaskSize { get; init; }

    /// <summary>The label map, a byte a pixel, compressed by zlib, in base64; absent where there was no mask.</summary>
    [JsonPropertyName("mask")]
    public string? Mask { get; init; }

    /// <summary>Describes a face that is about to be made.</summary>
    public static SampleRecord Of(FaceRequest request, SamplingSettings settings, string model, string weights, Device device)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(device);
        return new SampleRecord
        {
            Model = model,
            Weights = weights,
            Device = device.Name,
            Exact = device.Algorithm == ConvolutionAlgorithm.Direct,
            Plan = device.Plan is { } plan && plan.AppliesTo(device) ? plan.Hash : null,
            Seed = request.Origin.Seed,
            Index = request.Origin.Index,
            TowardsSeed = request.TowardsOrigin?.Seed,
            TowardsIndex = request.TowardsOrigin?.Index,
            TowardsPart = request.TowardsOrigin is null ? null : request.Part,
            Settings = settings,
            Attributes = request.Attributes is { } attributes ? FaceAttributes.Format([.. attributes]) : null,
            MaskSize = request.Mask?.Width,
            Mask = request.Mask is { } mask ? Pack(mask.Labels) : null,
        };
    }

    /// <summary>The text.</summary>
    public string Write() => JsonSerializer.Serialize(this, Options);

    /// <summary>Reads the text of an image.</summary>
    /// <param name="path">A PNG file.</param>
    /// <exception cref="DataFileException">The file cannot be read, or carries no such text.</exception>
    public static SampleRecord Read(string path)
    {
        var texts = PngText.Read(path);
        if (!texts.TryGetValue(Keyword, out var text))
        {
            throw new DataFileException(
                path, "the image carries no record of how it was made", "Give an image that `kerneldiff sample` wrote, not edited since.");
        }

        try
        {
            var record = JsonSerializer.Deserialize<SampleRecord>(text, Options)!;
            _ = record.Request();
            return record.Format == Version
                ? record
                : throw new DataFileException(path, $"its record has format {record.Format}, this version reads {Version}", "Use a newer version.");
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidDataException or UnknownAttributeException)
        {
            throw new DataFileException(path, $"its record is damaged: {exception.Message}", "Give the image as it was written.", exception);
        }
    }

    /// <summary>The face that this describes.</summary>
    /// <exception cref="InvalidDataException">The mask is damaged.</exception>
    /// <exception cref="FormatException">Mask or attributes are malformed.</exception>
    public FaceRequest Request() => new()
    {
        Origin = new NoiseOrigin(Seed, Index),
        Mask = Mask is null ? null : new LabelMask(MaskSize ?? 0, MaskSize ?? 0, Unpack(Mask, MaskSize ?? 0)),
        Attributes = Attributes is null ? null : FaceAttributes.Parse(Attributes),
        TowardsOrigin = TowardsSeed is { } seed ? new NoiseOrigin(seed, TowardsIndex ?? 0) : null,
        Part = TowardsPart ?? 0,
    };

    private static string Pack(byte[] labels)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(labels);
        }

        return Convert.ToBase64String(packed.GetBuffer().AsSpan(0, (int)packed.Length));
    }

    private static byte[] Unpack(string text, int size)
    {
        if (size is < 1 or > 4096)
        {
            throw new InvalidDataException($"a mask of edge {size} cannot be");
        }

        using var zlib = new ZLibStream(new MemoryStream(Convert.FromBase64String(text)), CompressionMode.Decompress);
        var labels = new byte[size * size];
        if (zlib.ReadAtLeast(labels, labels.Length, throwOnEndOfStream: false) != labels.Length || labels.Any(label => label >= FaceClasses.Count))
        {
            throw new InvalidDataException("the mask is not what its size says");
        }

        return labels;
    }
}
