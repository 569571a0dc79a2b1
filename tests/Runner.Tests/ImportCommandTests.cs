using System.Text.Json;
using KernelDiff.Engine.Files;

namespace KernelDiff.Runner.Tests;

public sealed class ImportCommandTests
{
    private DirectoryInfo folder = null!;
    private string configuration = null!;
    private string checkpoint = null!;

    [SetUp]
    public void WriteCheckpoint()
    {
        folder = Directory.CreateTempSubdirectory("kerneldiff-");
        configuration = SmallModel.WriteConfiguration(folder);
        checkpoint = SmallModel.WriteCheckpoint(folder);
    }

    [TearDown]
    public void DeleteFolder() => folder.Delete(recursive: true);

    [Test]
    public void The_table_tells_what_was_used_and_what_was_ignored()
    {
        var run = Import("model.safetensors");

        Assert.That(run.Error, Is.Empty);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Out, Does.Match(
            """
            \Aconfiguration: small
            Names +Used  Averages  Missing  Ignored
            UNet \(model\.diffusion_model\.\*\) +\d+         0        0
            first stage \(first_stage_model\.\*\) +\d+         0        0
            first_stage_model\.\* +1
            .*model\.safetensors: [\d.]+ MiB, content [0-9a-f]{64}
            \z
            """));
    }

    [Test]
    public void The_document_names_every_tensor()
    {
        var run = Import("model.safetensors", "--json");

        using var document = JsonDocument.Parse(run.Out);
        var root = document.RootElement;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(root.GetProperty("configuration").GetString(), Is.EqualTo("small"));
            Assert.That(root.GetProperty("hash").GetString(), Has.Length.EqualTo(64));
            Assert.That(root.GetProperty("bytes").GetInt64(), Is.EqualTo(new FileInfo(Output("model.safetensors")).Length));
            Assert.That(root.GetProperty("ema").GetBoolean(), Is.False);
            Assert.That(root.GetProperty("used")[0].GetProperty("name").GetString(), Does.StartWith("model.diffusion_model."));
            Assert.That(root.GetProperty("ignored").EnumerateArray().Single().GetString(), Is.EqualTo("first_stage_model.loss.logvar"));
        }
    }

    [Test]
    public void A_model_file_states_its_configuration_itself()
    {
        Import("model.safetensors");

        var run = CommandLineRun.Of("import", Output("model.safetensors"), Output("again.safetensors"));

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Out, Does.StartWith("configuration: small\n"));
    }

    [Test]
    public void Weights_can_be_stored_in_half_the_size()
    {
        Import("model.safetensors");

        var run = CommandLineRun.Of("import", Output("model.safetensors"), Output("small.safetensors"), "--type", "F16");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        using var file = WeightFile.Open(Output("small.safetensors"));
        Assert.That(file.Tensors.Select(tensor => tensor.Type), Is.All.EqualTo(ElementType.F16));
    }

    [Test]
    public void Without_a_configuration_that_fits_the_presets_are_named()
    {
        var run = CommandLineRun.Of("import", checkpoint, Output("model.safetensors"));

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("No preset fits").And.Contain("--config").And.Contain("celebahq-256"));
        Assert.That(File.Exists(Output("model.safetensors")), Is.False);
    }

    [Test]
    public void A_configuration_that_does_not_fit_is_a_bad_input_and_writes_nothing()
    {
        var run = CommandLineRun.Of("import", checkpoint, Output("model.safetensors"), "--config", "celebahq-ldm-vq-4");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.StartWith($"error: {checkpoint}: the tensor ").And.Contain("'celebahq-ldm-vq-4' expects ["));
        Assert.That(File.Exists(Output("model.safetensors")), Is.False);
    }

    [Test]
    public void Averages_that_are_not_there_are_a_bad_input()
    {
        var run = Import("model.safetensors", "--ema");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Is.EqualTo($"error: {checkpoint}: it holds no moving averages (model_ema.*). Use its weights as they are, without --ema.\n"));
    }

    [Test]
    public void A_hostile_checkpoint_is_refused_in_one_line_and_writes_nothing()
    {
        var hostile = Path.Combine(folder.FullName, "hostile.ckpt");
        File.WriteAllBytes(hostile, [0x80, 2, .. "cposix\nsystem\nX\u0004\0\0\0true\u0085R."u8]);

        var run = CommandLineRun.Of("import", hostile, Output("model.safetensors"), "--config", configuration);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error.TrimEnd('\n'), Does.StartWith($"error: {hostile}: ").And.Not.Contain("\n"));
        Assert.That(run.Out, Is.Empty);
        Assert.That(File.Exists(Output("model.safetensors")), Is.False);
    }

    [Test]
    public void An_existing_output_is_replaced_only_when_asked_for()
    {
        File.WriteAllText(Output("model.safetensors"), "older");

        var refused = Import("model.safetensors");
        Assert.That(refused.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(refused.Error, Does.Contain("exists").And.Contain("--overwrite"));
        Assert.That(File.ReadAllText(Output("model.safetensors")), Is.EqualTo("older"));

        Assert.That(Import("model.safetensors", "--overwrite").ExitCode, Is.EqualTo(ExitCode.Done));
        using var model = WeightFile.Open(Output("model.safetensors"));
        Assert.That(model.Tensors, Is.Not.Empty);
    }

    [TestCase("model.ckpt", "give OUT the extension .safetensors, not '.ckpt'")]
    [TestCase("checkpoint.safetensors", "is the input")]
    [TestCase("nowhere/model.safetensors", "There is no folder")]
    public void An_output_that_cannot_be_is_a_usage_error(string output, string message)
    {
        var run = Import(output);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(message));
    }

    private string Output(string name) => Path.Combine(folder.FullName, name);

    private CommandLineRun Import(string output, params string[] options) =>
        CommandLineRun.Of(["import", checkpoint, Output(output), "--config", configuration, .. options]);
}
