using System.Text.Json;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Runner.Tests;

[TestFixture]
public sealed class SampleCommandTests
{
    private string folder = null!;

    [SetUp]
    public void CreateFolder() => folder = Directory.CreateTempSubdirectory("kerneldiff-sample-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void It_writes_the_faces_and_a_grid_and_reproduce_makes_them_again()
    {
        var run = Sample("--count", "2", "--steps", "2", "--seed", "7", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Files(), Is.EquivalentTo(new[] { "7-0.png", "7-1.png", "grid.png" }));
        using var document = JsonDocument.Parse(run.Out);
        Assert.That(document.RootElement.GetProperty("images").GetArrayLength(), Is.EqualTo(2));

        var again = CommandLineRun.Of("reproduce", Path.Combine(folder, "7-1.png"), "--weights", TinyFaces.Model, "--device", "cpu");
        Assert.That(again.ExitCode, Is.Zero, again.Error);
        Assert.That(again.Out, Does.StartWith("The same to the bit"));
    }

    [Test]
    public void A_face_made_without_fast_algorithms_is_made_again_without_them()
    {
        Assert.That(Sample("--count", "1", "--steps", "2", "--exact").ExitCode, Is.Zero);
        var again = CommandLineRun.Of("reproduce", Path.Combine(folder, "1-0.png"), "--weights", TinyFaces.Model, "--device", "cpu");
        Assert.That(again.ExitCode, Is.Zero, again.Error);
        Assert.That(again.Out, Does.StartWith("The same to the bit"));
    }

    [Test]
    public void A_mask_of_another_size_is_followed_and_shown()
    {
        var mask = new LabelMask(50, 40);
        mask.Labels.AsSpan(400, 800).Fill(FaceClasses.Skin);
        var path = Path.Combine(folder, "mask.png");
        LabelMaskFile.Save(path, mask);
        var run = Sample("--mask", path, "--attributes", "Smiling,not Male", "--count", "1", "--steps", "1");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        var record = Engine.Sampling.SampleRecord.Read(Path.Combine(folder, "1-0.png"));
        Assert.That(record.MaskSize, Is.EqualTo(40), "the square in its middle");
        Assert.That(record.Attributes, Is.EqualTo("-Male,Smiling"));
    }

    [Test]
    public void A_sweep_makes_three_faces_of_each_attribute()
    {
        var run = Sample("--sweep", "Smiling,Male", "--steps", "1");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Files(), Has.Length.EqualTo(7).And.Contain("1-0-Male-unspecified.png"));
    }

    [Test]
    public void An_interpolation_goes_from_one_seed_to_the_other()
    {
        var run = Sample("--interpolate", "2", "--count", "3", "--steps", "1", "--unconditional");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Files(), Is.EquivalentTo(new[] { "1-0-to-2-0.00.png", "1-0-to-2-0.50.png", "1-0-to-2-1.00.png", "grid.png" }));
    }

    [TestCase("--attributes", "Smilling", "Did you mean 'Smiling'?")]
    [TestCase("--sweep", "Mal", "Did you mean 'Male'?")]
    [TestCase("--sampler", "ddmi", "Did you mean 'ddim'?")]
    [TestCase("--steps", "2000", "2000 steps")]
    [TestCase("--count", "0", "--count")]
    [TestCase("--attributes", "Male,-Male", "Male")]
    public void What_does_not_exist_is_a_usage_error_with_a_suggestion(string option, string value, string message)
    {
        var run = Sample(option, value);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage), run.Error);
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(Files(), Is.Empty);
    }

    [Test]
    public void A_mask_that_is_no_mask_is_a_bad_input_file()
    {
        var path = Path.Combine(folder, "mask.txt");
        File.WriteAllText(path, "hello");
        Assert.That(Sample("--mask", path).ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(Sample("--mask", Path.Combine(folder, "missing.png")).ExitCode, Is.EqualTo(ExitCode.BadInput));
    }

    [Test]
    public void Weights_of_another_model_cannot_reproduce()
    {
        Assert.That(Sample("--count", "1", "--steps", "1").ExitCode, Is.Zero);
        var run = CommandLineRun.Of("reproduce", Path.Combine(folder, "1-0.png"), "--weights", TinyFaces.Autoencoder, "--device", "cpu");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.Contain("autoencoder alone"));
    }

    private CommandLineRun Sample(params string[] arguments) =>
        CommandLineRun.Of(["sample", "--weights", TinyFaces.Model, "--device", "cpu", "--out", folder, .. arguments]);

    private string[] Files() => [.. Directory.GetFiles(folder).Select(file => Path.GetFileName(file))];
}
