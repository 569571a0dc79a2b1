using System.Text;
using System.Text.Json.Nodes;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Tests.Files;

namespace KernelDiff.Engine.Tests.Models;

/// <summary>Whatever a file holds: it becomes a complete model, or is refused by a documented exception and leaves nothing.</summary>
[TestFixture]
public sealed class HostileModelTests
{
    private const int Mutations = 400;
    private const long MaximumBytes = 200_000_000;

    private TemporaryFolder folder = null!;
    private byte[] model = null!;
    private int headerLength;

    [SetUp]
    public void WriteModel()
    {
        folder = new TemporaryFolder();
        using (var checkpoint = WeightFile.Open(new Checkpoint(Checkpoint.Small).Write(folder.PathOf("checkpoint.safetensors"))))
        {
            ModelImport.Plan(checkpoint, Checkpoint.Small, useAverages: false).Write(folder.PathOf("model.safetensors"));
        }

        model = File.ReadAllBytes(folder.PathOf("model.safetensors"));
        headerLength = (int)BitConverter.ToInt64(model);
        File.Delete(folder.PathOf("checkpoint.safetensors"));
        File.Delete(folder.PathOf("model.safetensors"));
    }

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Damaged_headers_are_imported_whole_or_refused()
    {
        var header = model[8..(8 + headerLength)];
        var refused = 0;
        for (var seed = 0; seed < Mutations; seed++)
        {
            var damaged = Mutation.Apply(seed, header, header);
            refused += IsRefused(SafeTensorsBytes.Build(damaged, model.AsSpan(8 + headerLength)), $"seed {seed}") ? 1 : 0;
        }

        Assert.That(refused, Is.GreaterThan(Mutations / 2));
    }

    [Test]
    public void Damaged_archives_of_checkpoints_are_imported_whole_or_refused()
    {
        var pickle = new PickleBytes().Proto().Dictionary(
            ("state_dict", value => value.Dictionary(("quant_conv.bias", tensor => tensor.Vector("0", 3))))).Stop();
        var archive = TorchBytes.Zip(pickle, ("0", TorchBytes.Ascending(3)));
        for (var seed = 0; seed < Mutations; seed++)
        {
            Assert.That(IsRefused(Mutation.Apply(seed, archive, model), $"seed {seed}"), Is.True, $"seed {seed}: most parameters are missing");
        }
    }

    private static IEnumerable<TestCaseData> Configurations()
    {
        var conditioned = ConfigurationDocument.Load("celebahq-256").Model;
        yield return new TestCaseData(Checkpoint.Small).SetArgDisplayNames("unconditional");
        foreach (var mask in Enum.GetValues<MaskCondition>())
        {
            yield return new TestCaseData(conditioned with { Conditioning = conditioned.Conditioning with { Mask = mask } })
                .SetArgDisplayNames(mask.ToString());
        }
    }

    [TestCaseSource(nameof(Configurations))]
    public void No_number_of_a_configuration_costs_time_or_memory(ModelConfiguration configuration)
    {
        var document = JsonNode.Parse(ConfigurationDocument.Write(configuration))!;
        var paths = Numbers(document).ToList();
        Assert.That(paths, Has.Count.GreaterThan(20));
        foreach (var path in paths)
        {
            foreach (var value in (long[])[0, -1, 17, 1_000, 65_536, 1_000_000, int.MaxValue, int.MinValue, long.MaxValue])
            {
                var hostile = document.DeepClone();
                Replace(hostile, path, value);
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    ConfigurationDocument.ReadModel(hostile.ToJsonString(), "hostile");
                }
                catch (ConfigurationException)
                {
                    // Refused is as good as read: what counts is that nothing else happens.
                }

                Assert.That(
                    GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(MaximumBytes), $"{string.Join('.', path)} = {value}");
            }
        }
    }

    [Test]
    public void A_configuration_nested_without_end_is_refused()
    {
        var nested = new StringBuilder().Insert(0, "{\"unet\":", 100_000).Append('1').Append('}', 100_000).ToString();

        Assert.That(() => ConfigurationDocument.ReadModel(nested, "hostile"), Throws.TypeOf<ConfigurationException>());
    }

    private bool IsRefused(byte[] bytes, string what)
    {
        var path = folder.Write("hostile", bytes);
        var output = folder.PathOf("out.safetensors");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var isRefused = false;
        try
        {
            using var file = WeightFile.Open(path);
            var configuration = file.Metadata.ContainsKey(ModelFile.ConfigurationKey) ? ModelFile.ConfigurationOf(file) : Checkpoint.Small;
            ModelImport.Plan(file, configuration, useAverages: false).Write(output);
        }
        catch (Exception exception) when (exception is WeightFileException or ConfigurationException)
        {
            isRefused = true;
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(MaximumBytes), what);
        Assert.That(folder.FileNames, isRefused ? Is.EqualTo(["hostile"]) : Is.EqualTo(["hostile", "out.safetensors"]), what);
        File.Delete(output);
        return isRefused;
    }

    private static IEnumerable<string[]> Numbers(JsonNode node, params string[] path) => node switch
    {
        JsonObject fields => fields.Where(field => field.Value is not null).SelectMany(field => Numbers(field.Value!, [.. path, field.Key])),
        JsonArray items => items.SelectMany((item, index) => Numbers(item!, [.. path, index.ToString(null, null)])),
        _ => node.GetValueKind() == System.Text.Json.JsonValueKind.Number ? [path] : [],
    };

    private static void Replace(JsonNode document, string[] path, long value)
    {
        var parent = path[..^1].Aggregate(document, (node, key) => node is JsonArray items ? items[int.Parse(key, null)]! : node[key]!);
        if (parent is JsonArray array)
        {
            array[int.Parse(path[^1], null)] = value;
        }
        else
        {
            parent[path[^1]] = value;
        }
    }
}
