using System.Text.Json;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Runner.Tests;

/// <summary>Evaluation and ablation on models that have learnt nothing: every path runs, and every figure is a figure.</summary>
public sealed class EvaluationTests
{
    private static readonly string[] Variants = ["attributes", "mask", "both-gamma-0", "both-gamma-0.5", "both-gamma-1"];

    private SmallFaces faces = null!;
    private string model = null!;
    private CommandLineRun ablation = null!;

    [OneTimeSetUp]
    public void TrainEverything()
    {
        faces = new SmallFaces();
        ablation = SmallFaces.Run(Ablation("--json"));
        model = faces.PathOf("ablation/both-gamma-1/checkpoints/step-1/model.safetensors");
    }

    [OneTimeTearDown]
    public void RemoveEverything() => faces.Dispose();

    [Test]
    public void An_ablation_measures_every_model_beside_the_real_images_and_chance()
    {
        using var document = JsonDocument.Parse(ablation.Out);
        var runs = document.RootElement.GetProperty("runs").EnumerateArray().ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(runs.Select(run => run.GetProperty("name").GetString()), Is.EqualTo(Variants));
            Assert.That(document.RootElement.GetProperty("steps").GetInt32(), Is.EqualTo(1));
            Assert.That(
                runs.Select(run => run.GetProperty("samples").GetProperty("images").GetString()),
                Is.EqualTo(new[] { "attributes", "mask", "both", "both", "both" }));
            foreach (var row in runs.SelectMany(run => new[] { run.GetProperty("real"), run.GetProperty("samples"), run.GetProperty("unconditional") }))
            {
                Assert.That(row.GetProperty("count").GetInt32(), Is.EqualTo(2));
                Assert.That(row.GetProperty("masks").GetProperty("pixelAccuracy").GetDouble(), Is.InRange(0, 1));
                Assert.That(row.GetProperty("attributes").GetProperty("accuracy").GetDouble(), Is.InRange(0, 1));
            }

            Assert.That(ablation.Error, Does.Contain("kerneldiff train parser").And.Contain("kerneldiff evaluate"));
        }
    }

    [Test]
    public void The_models_of_an_ablation_have_only_their_own_conditions()
    {
        Assert.That(Tensors("attributes"), Has.None.StartsWith("cond_stage_model.mask").And.Some.StartsWith("cond_stage_model.attributes"));
        Assert.That(Tensors("mask"), Has.None.StartsWith("cond_stage_model.attributes").And.Some.StartsWith("cond_stage_model.mask"));
        Assert.That(Tensors("both-gamma-0"), Has.Some.StartsWith("cond_stage_model.attributes").And.Some.StartsWith("cond_stage_model.mask"));

        IEnumerable<string> Tensors(string name)
        {
            using var file = Engine.Files.WeightFile.Open(faces.PathOf($"ablation/{name}/checkpoints/step-1/model.safetensors"));
            return [.. file.Tensors.Select(tensor => tensor.Name)];
        }
    }

    [Test]
    public void An_ablation_does_nothing_twice()
    {
        var again = SmallFaces.Run(Ablation());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Error, Does.Not.Contain("kerneldiff train").And.Not.Contain("kerneldiff evaluate"));
            Assert.That(again.Out, Does.Contain("both-gamma-0.5").And.Contain("(real images)").And.StartWith("1 steps each"));
        }
    }

    [Test]
    public void An_ablation_of_a_model_without_masks_is_a_usage_error()
    {
        var run = CommandLineRun.Of(
        [
            .. Ablation(), "--set", "model.conditioning.mask=off", "--set", "model.conditioning.mask_concat_channels=0", "--set",
            "model.unet.in_channels=3",
        ]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("'small' is not conditioned on both"));
    }

    [Test]
    public void An_ablation_stops_where_a_training_fails_and_says_which()
    {
        var run = CommandLineRun.Of(
            "ablation", "--data", faces.PathOf("nowhere"), "--autoencoder", faces.Autoencoder, "--config", faces.Configuration, "--out",
            faces.PathOf("failing"), "--device", "cpu");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Error, Does.Contain("there is no such folder").And.Contain("kerneldiff train parser"));
    }

    [Test]
    public void Evaluation_prints_real_images_and_a_row_for_each_mode()
    {
        var run = SmallFaces.Run(Evaluate("--parser", Network("parser"), "--mode", "both,none"));
        var lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines[0], Does.StartWith("16 x 16 pixels, ddim with 2 steps"));
            Assert.That(lines[1], Does.Contain("Mask pixels"));
            Assert.That(lines[2..].Select(line => line[..12]), Is.EqualTo(new[] { "real images ", "samples for ", "samples for " }));
        }
    }

    [Test]
    public void Evaluation_is_the_same_in_any_batch_and_draws_a_grid()
    {
        var picture = faces.PathOf("grid.png");
        var one = Figures("1");
        var two = Figures("2");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(two, Is.EqualTo(one));
            Assert.That(ImageFile.Read(picture).Width, Is.GreaterThan(4 * 96), "real, mask, sample, as parsed");
        }

        string Figures(string batch)
        {
            var run = SmallFaces.Run(Evaluate(
                "--parser", Network("parser"), "--classifier", Network("classifier"), "--batch", batch, "--grid", picture, "--json"));
            using var document = JsonDocument.Parse(run.Out);
            var row = document.RootElement.GetProperty("rows")[1];
            Assert.That(document.RootElement.GetProperty("parserHash").GetString(), Has.Length.EqualTo(64));
            return row.GetProperty("masks").GetRawText() + row.GetProperty("attributes").GetRawText();
        }
    }

    [Test]
    public void Evaluation_without_anything_to_measure_with_is_a_usage_error()
    {
        var run = CommandLineRun.Of(Evaluate());
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("--parser FILE"));
    }

    [TestCase("--mode", "boht", "Did you mean 'both'?")]
    [TestCase("--sampler", "dimm", "Did you mean 'ddim'?")]
    public void Unknown_names_are_usage_errors_with_a_suggestion(string option, string value, string expected)
    {
        var run = CommandLineRun.Of([.. Evaluate("--parser", Network("parser")), option, value]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(expected));
    }

    [Test]
    public void A_classifier_given_as_parser_is_bad_input()
    {
        var run = CommandLineRun.Of(Evaluate("--parser", Network("classifier")));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("where a parser is needed"));
    }

    [Test]
    public void A_parser_is_planned_without_being_trained()
    {
        var run = SmallFaces.Run("train", "parser", "--data", faces.Data, "--config", faces.Configuration, "--dry-run", "--json");
        using var document = JsonDocument.Parse(run.Out);
        Assert.That(document.RootElement.GetProperty("kind").GetString(), Is.EqualTo("parser"));
        Assert.That(document.RootElement.GetProperty("parameters").GetInt64(), Is.GreaterThan(0));
        Assert.That(document.RootElement.GetProperty("bytes").GetInt64(), Is.GreaterThan(0));
    }

    private string Network(string kind) => faces.PathOf($"ablation/{kind}/checkpoints/step-1/model.safetensors");

    private string[] Evaluate(params string[] more) =>
        ["evaluate", "--weights", model, "--data", faces.Data, "--count", "2", "--steps", "2", "--device", "cpu", .. more];

    private string[] Ablation(params string[] more) =>
    [
        "ablation", "--data", faces.Data, "--autoencoder", faces.Autoencoder, "--config", faces.Configuration, "--out",
        faces.PathOf("ablation"), "--count", "2", "--sampling-steps", "2", "--device", "cpu", .. more,
    ];
}
