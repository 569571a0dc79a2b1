using System.IO.Compression;
using System.Text;
using System.Text.Json;
using KernelDiff.Engine.Files;

namespace KernelDiff.Runner.Tests;

public sealed class InspectCommandTests
{
    /// <summary>A pickled tensor of one element on storage "0".</summary>
    private const string Tensor = "ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\u00000X\u0003\0\0\0cpuK\u0001tQ"
        + "K\0K\u0001\u0085K\u0001\u0085\u0089ccollections\nOrderedDict\n)RtR";

    private DirectoryInfo folder = null!;

    [SetUp]
    public void CreateFolder() => folder = Directory.CreateTempSubdirectory("kerneldiff-");

    [TearDown]
    public void DeleteFolder() => folder.Delete(recursive: true);

    [Test]
    public void Tensors_totals_and_metadata_are_listed()
    {
        var path = WriteSafeTensors();

        var run = CommandLineRun.Of("inspect", path);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Error, Is.Empty);
        Assert.That(run.Out, Is.EqualTo(
            """
            Tensor  Type  Shape           Elements   Size
            bias    F32   []                     1    4 B
            weight  F16   [32, 16, 3, 3]     4,608  9 KiB

            safetensors, 9.2 KiB
            all tensors: 2 tensors, 4,609 elements, 9 KiB
            F16: 1 tensor, 4,608 elements, 9 KiB
            F32: 1 tensor, 1 element, 4 B
            metadata "kind": "demo\u001b[2J"

            """));
    }

    [Test]
    public void The_document_holds_the_same()
    {
        var path = WriteSafeTensors();

        var run = CommandLineRun.Of("inspect", path, "--json");

        using var document = JsonDocument.Parse(run.Out);
        var root = document.RootElement;
        Assert.That(root.GetProperty("file").GetString(), Is.EqualTo(path));
        Assert.That(root.GetProperty("format").GetString(), Is.EqualTo("safetensors"));
        Assert.That(root.GetProperty("fileBytes").GetInt64(), Is.EqualTo(new FileInfo(path).Length));
        Assert.That(root.GetProperty("total").GetProperty("elements").GetInt64(), Is.EqualTo(4609));
        Assert.That(root.GetProperty("types").GetProperty("F16").GetProperty("bytes").GetInt64(), Is.EqualTo(9216));
        Assert.That(root.GetProperty("metadata").GetProperty("kind").GetString(), Is.EqualTo("demo\u001b[2J"));
        var weight = root.GetProperty("tensors").EnumerateArray().Single(tensor => tensor.GetProperty("name").GetString() == "weight");
        Assert.That(weight.GetProperty("stateDictName").GetString(), Is.EqualTo("weight"));
        Assert.That(weight.GetProperty("type").GetString(), Is.EqualTo("F16"));
        Assert.That(weight.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt32()), Is.EqualTo([32, 16, 3, 3]));
    }

    [Test]
    public void Tensors_beside_the_state_dict_of_a_checkpoint_are_marked()
    {
        var path = WriteTorch(
            "\u0080\u0002}(X\u000a\0\0\0state_dict}X\u0001\0\0\0w" + Tensor + "sX\u0005\0\0\0extra]" + Tensor + "aX\u0001\0\0\0ccsome.module\nName\nu.");

        var run = CommandLineRun.Of("inspect", path);

        Assert.That(run.Error, Is.Empty);
        Assert.That(run.Out, Does.Contain("\nstate_dict/w  F32   [1]           1   4 B\n* extra/0     F32   [1]           1   4 B\n"));
        Assert.That(run.Out, Does.Contain("all tensors: 2 tensors, 2 elements, 8 B\nstate dict: 1 tensor, 1 element, 4 B\n"));
        Assert.That(run.Out, Does.Contain("names without using it: \"some.module.Name\"\n"));
    }

    [Test]
    public void A_hostile_checkpoint_is_refused_by_name_with_the_exit_code_for_bad_input()
    {
        var path = WriteTorch("\u0080\u0002cposix\nsystem\nX\u0004\0\0\0true\u0085R.");

        var run = CommandLineRun.Of("inspect", path, "--json");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Error, Does.StartWith($"error: {path}: ").And.Contain("posix.system (REDUCE"));
        Assert.That(run.Error.TrimEnd('\n'), Does.Not.Contain('\n'));
    }

    [Test]
    public void A_missing_file_is_named()
    {
        var path = Path.Combine(folder.FullName, "none.ckpt");

        var run = CommandLineRun.Of("inspect", path);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Is.EqualTo($"error: {path}: there is no such file. Check the path.\n"));
    }

    private string WriteSafeTensors()
    {
        var path = Path.Combine(folder.FullName, "model.safetensors");
        using var writer = new SafeTensorsWriter(
            path,
            [new TensorDeclaration("weight", ElementType.F16, [32, 16, 3, 3]), new TensorDeclaration("bias", ElementType.F32, [])],
            new Dictionary<string, string> { ["kind"] = "demo\u001b[2J" });
        writer.Write("weight", new float[4608]);
        writer.Write("bias", [1]);
        writer.Commit();
        return path;
    }

    private string WriteTorch(string pickle)
    {
        var path = Path.Combine(folder.FullName, "model.ckpt");
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        Add("model/data.pkl", Encoding.Latin1.GetBytes(pickle));
        Add("model/data/0", new byte[4]);
        return path;

        void Add(string name, byte[] content)
        {
            using var stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
            stream.Write(content);
        }
    }
}
