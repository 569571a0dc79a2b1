using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using KernelDiff.Engine.Files;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Engine.Plans;

/// <summary>A plan with where it comes from.</summary>
public sealed class PlanFile
{
    /// <summary>Plans of all devices and networks that there are take a hundredth of this.</summary>
    private const long LargestBytes = 16 << 20;

    private const string ShippedResource = "shipped-plan.json";

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,

        // Names of hardware keep their signs; nothing of a plan goes into a web page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly Lazy<PlanFile> ShippedPlan = new(() =>
    {
        using var resource = typeof(PlanFile).Assembly.GetManifestResourceStream(ShippedResource)!;
        using var content = new MemoryStream();
        resource.CopyTo(content);
        return Parse("the shipped plan", content.ToArray());
    });

    private PlanFile(string source, PlanDocument document, LaunchPlan plan)
    {
        Source = source;
        Document = document;
        Plan = plan;
    }

    /// <summary>The plan that comes with this version.</summary>
    public static PlanFile Shipped => ShippedPlan.Value;

    /// <summary>The file as the user named it, or a word for it.</summary>
    public string Source { get; }

    public PlanDocument Document { get; }

    public LaunchPlan Plan { get; }

    /// <inheritdoc cref="LaunchPlan.Hash"/>
    public string Hash => Plan.Hash;

    /// <summary>Reads a plan.</summary>
    /// <exception cref="DataFileException">
    /// The file cannot be read, is no plan, has another version, or chooses what does not exist or does not fit together.
    /// </exception>
    public static PlanFile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            var length = new FileInfo(path).Length;
            return length <= LargestBytes
                ? Parse(path, File.ReadAllBytes(path))
                : throw new DataFileException(path, $"it has {length} bytes, more than any plan", "Give a file that `kerneldiff tune` wrote.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException(
                path, $"the plan cannot be read: {exception.Message.TrimEnd('.')}", "`kerneldiff tune` makes one.", exception);
        }
    }

    /// <summary>A plan that is not in a file yet.</summary>
    /// <param name="source">The file that it is going to be in.</param>
    /// <param name="document">Its content.</param>
    /// <exception cref="DataFileException">It chooses what does not exist or does not fit together.</exception>
    public static PlanFile Of(string source, PlanDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (document.Format != PlanDocument.Version)
        {
            throw new DataFileException(
                source, $"the plan has format {document.Format}, this version reads {PlanDocument.Version}", "Make it anew with `kerneldiff tune`.");
        }

        try
        {
            return new PlanFile(source, document, new LaunchPlan(document.Devices.SelectMany(device => device.Choices.Select(
                choice => new PlanEntry(device.Device, choice.Operation, choice.Shape, choice.Variant)))));
        }
        catch (ArgumentException exception)
        {
            throw new DataFileException(
                source, exception.Message, "Take the choice out, or make the plan anew with this version's `kerneldiff tune`.", exception);
        }
    }

    /// <summary>Writes the plan; an older file of the name stays until it is complete.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteAllBytes(path, [.. JsonSerializer.SerializeToUtf8Bytes(Document, Options), (byte)'\n']);

    private static PlanFile Parse(string source, byte[] content)
    {
        try
        {
            var document = JsonSerializer.Deserialize<PlanDocument>(content, Options);

            // The deserialiser looks after properties that must not be null, not after elements of lists.
            return document?.Devices.All(device => device?.Choices.All(choice => choice is not null) == true) == true
                ? Of(source, document)
                : throw new JsonException("It is null where there should be a plan, a device or a choice.");
        }
        catch (JsonException exception)
        {
            throw new DataFileException(
                source, $"this is no plan: {exception.Message.TrimEnd('.')}", "Give a file that `kerneldiff tune` wrote.", exception);
        }
    }
}
