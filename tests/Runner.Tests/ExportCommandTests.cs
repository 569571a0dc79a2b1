using System.Text.Json;
using KernelDiff.Engine.Files;

namespace KernelDiff.Runner.Tests;

public sealed class ExportCommandTests
{
    private DirectoryInfo folder = null!;
    private string checkpoint = null!;
    private string model = null!;

    [SetUp]
    public void ImportModel()
    {
        folder = Directory.CreateTempSubdirectory("kerneldiff-");
        checkpoint = SmallModel.WriteCheckpoint(folder);
        model = Output("model.safetensors");
        Assert.That(
            CommandLineRun.Of("import", checkpoint, model, "--config", SmallModel.WriteConfiguration(folder)).ExitCode,
            Is.EqualTo(ExitCode.Done));
    }

    [TearDown]
    public void DeleteFolder() => folder.Delete(recursive: true);

    [Test]
    public void A_state_dict_holds_what_was_imported_under_its_original_names()
    {
        var run = CommandLineRun.Of("export", model, Output("back.safetensors"), "--json");

        Assert.That(run.Error, Is.Empty);
        using var document = JsonDocument.Parse(run.Out);
        Assert.That(document.RootElement.GetProperty("format").GetString(), Is.EqualTo("safetensors"));
        Assert.That(document.RootElement.GetProperty("part").ValueKind, Is.EqualTo(JsonValueKind.Null));
        using var back = WeightFile.Open(Output("back.safetensors"));
        using var original = WeightFile.Open(checkpoint);
        Assert.That(back.StateDict.Keys, Is.EquivalentTo(original.StateDict.Keys.Except(["first_stage_model.loss.logvar"])));
        foreach (var (name, tensor) in back.StateDict)
        {
            Assert.That(back.ReadSingle(tensor), Is.EqualTo(original.ReadSingle(original.Find(name))), name);
        }
    }

    [TestCase(null, "unet")]
    [TestCase("unet", "unet")]
    [TestCase("encoder", "encoder")]
    [TestCase("decoder", "decoder")]
    public void A_part_is_written_as_ONNX(string? asked, string expected)
    {
        string[] part = asked is null ? [] : ["--part", asked];
        var run = CommandLineRun.Of(["export", model, Output("part.onnx"), "--json", .. part]);

        Assert.That(run.Error, Is.Empty);
        using var document = JsonDocument.Parse(run.Out);
        Assert.That(document.RootElement.GetProperty("format").GetString(), Is.EqualTo("onnx"));
        Assert.That(document.RootElement.GetProperty("part").GetString(), Is.EqualTo(expected));

        // Version 8 of the format comes first.
        Assert.That(File.ReadAllBytes(Output("part.onnx"))[..2], Is.EqualTo(new byte[] { 0x08, 0x08 }));
    }

    [TestCase("tells no format", "part.bin")]
    [TestCase("is called onnx, but --format asks for safetensors", "part.onnx", "--format", "safetensors")]
    [TestCase("There is no format 'onx'", "part.onnx", "--format", "onx")]
    [TestCase("--part chooses what an ONNX file holds", "back.safetensors", "--part", "unet")]
    [TestCase("Did you mean 'decoder'?", "part.onnx", "--part", "decodr")]
    [TestCase("is the input", "model.safetensors")]
    public void What_does_not_fit_together_is_a_usage_error(string message, string output, params string[] options)
    {
        var run = CommandLineRun.Of(["export", model, Output(output), .. options]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(message));
    }

    [Test]
    public void A_checkpoint_is_no_model_yet()
    {
        var run = CommandLineRun.Of("export", checkpoint, Output("part.onnx"));

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("kerneldiff import"));
        Assert.That(File.Exists(Output("part.onnx")), Is.False);
    }

    private string Output(string name) => Path.Combine(folder.FullName, name);
}
