using KernelDiff.Engine.Files;
using KernelDiff.Engine.Plans;
using KernelDiff.Engine.Tests.Files;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Engine.Tests.Plans;

public class PlanFileTests
{
    private const string Choice = """{ "operation": "convolution", "shape": "8x8x16-16 3x3 padding 1", "variant": "winograd2" }""";

    private TemporaryFolder folder;
    private string path;

    [SetUp]
    public void MakeFolder()
    {
        folder = new TemporaryFolder();
        path = folder.PathOf("plan.json");
    }

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void A_plan_that_was_written_is_read_with_its_hash()
    {
        var plan = PlanFile.Of(path, Measured([Tuned("8x8x16-16 3x3 padding 1", "winograd4", "winograd2")], PlanDocument.Empty));
        plan.Write(path);
        var read = PlanFile.Read(path);
        Assert.That(read.Hash, Is.EqualTo(plan.Hash));
        Assert.That(read.Plan.Entries, Is.EqualTo(new[] { new PlanEntry("cpu 512-bit", "convolution", "8x8x16-16 3x3 padding 1", "winograd2") }));
        Assert.That(read.Document.Devices[0].Choices[0].RuleSeconds, Is.EqualTo(0.00123), "three digits");
    }

    [Test]
    public void What_was_measured_is_no_part_of_the_hash()
    {
        File.WriteAllText(path, Text(Choice));
        var bare = PlanFile.Read(path).Hash;
        File.WriteAllText(path, Text(Choice.Replace(" }", """, "seconds": 1, "rule": "narrow", "rule_seconds": 2 }""", StringComparison.Ordinal)));
        Assert.That(PlanFile.Read(path).Hash, Is.EqualTo(bare));
    }

    [Test]
    public void A_shape_that_follows_the_rules_is_in_no_plan() =>
        Assert.That(Measured([Tuned("8x8x16-16 3x3 padding 1", "winograd4", "winograd4")], PlanDocument.Empty).Devices[0].Choices, Is.Empty);

    [Test]
    public void Measuring_again_replaces_the_same_shapes_and_keeps_all_else()
    {
        var other = new DevicePlan
        {
            Device = "sim",
            Choices = [new PlanChoice { Operation = "convolution", Shape = "8x8x16-16 3x3 padding 1", Variant = "shared" }],
        };
        var before = Measured(
            [Tuned("8x8x16-16 3x3 padding 1", "winograd4", "winograd2"), Tuned("4x4x16-16 3x3 padding 1", "winograd2", "indirect")],
            PlanDocument.Empty with { Devices = [other] });
        var after = Measured([Tuned("8x8x16-16 3x3 padding 1", "winograd4", "winograd4")], before);
        Assert.That(after.Devices, Has.Count.EqualTo(2));
        Assert.That(after.Devices[0], Is.SameAs(other));
        Assert.That(after.Devices[1].Choices.Select(choice => choice.Shape), Is.EqualTo(new[] { "4x4x16-16 3x3 padding 1" }));
    }

    [TestCase("hello", "no plan")]
    [TestCase("null", "no plan")]
    [TestCase("{}", "no plan")]
    [TestCase("""{ "format": 1, "devices": null }""", "no plan")]
    [TestCase("""{ "format": 1, "devices": [], "more": 1 }""", "more")]
    [TestCase("""{ "format": 1, "format": 1, "devices": [] }""", "format")]
    [TestCase("""{ "format": 2, "devices": [] }""", "format 2")]
    [TestCase("""{ "format": 1, "devices": [null] }""", "no plan")]
    [TestCase("""{ "format": 1, "devices": [ { "device": "cpu 512-bit" } ] }""", "choices")]
    [TestCase("""{ "format": 1, "devices": [ { "device": "cpu 512-bit", "choices": [ null ] } ] }""", "no plan")]
    public void A_file_that_is_no_plan_is_refused(string text, string message)
    {
        File.WriteAllText(path, text);
        Assert.That(
            () => PlanFile.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains(message).And.Message.Contains("plan.json"));
    }

    [TestCase("convolution", "convolutoin", "no operation 'convolutoin'")]
    [TestCase("winograd2", "winograd3", "no variant 'winograd3'")]
    [TestCase("8x8x16", "8y8x16", "not a shape")]
    [TestCase(" }", """, "tile": 4 }""", "tile")]
    [TestCase(" }", "}, " + Choice, "two choices")]
    public void A_choice_that_cannot_be_is_refused(string part, string instead, string message)
    {
        File.WriteAllText(path, Text(Choice.Replace(part, instead, StringComparison.Ordinal)));
        Assert.That(() => PlanFile.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains(message));
    }

    [Test]
    public void A_file_that_is_not_there_or_too_long_is_refused()
    {
        Assert.That(() => PlanFile.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains("kerneldiff tune"));
        using (var file = File.Create(path))
        {
            file.SetLength(1L << 30);
        }

        Assert.That(() => PlanFile.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains("more than any plan"));
    }

    [Test]
    public void The_shipped_plan_can_be_read() => Assert.That(PlanFile.Shipped.Document.Format, Is.EqualTo(PlanDocument.Version));

    [Test]
    public void A_hash_finds_the_shipped_plan_and_none_finds_nothing()
    {
        Assert.That(PlanSearch.FindByHash(null, PlanFile.Shipped.Hash), Is.SameAs(PlanFile.Shipped));
        Assert.That(PlanSearch.FindByHash(null, null), Is.Null);
    }

    [Test]
    public void A_hash_that_nothing_has_is_an_error_that_names_it_and_where_to_look() => Assert.That(
        () => PlanSearch.FindByHash(null, new string('a', 64)),
        Throws.TypeOf<PlanMissingException>().With.Message.Contains("aaaaaaaaaaaa").And.Message.Contains("KERNELDIFF_PLAN").And.Message.Contains("--plan"));

    [Test]
    public void A_named_plan_of_another_hash_is_refused_and_none_is_taken_at_its_word()
    {
        File.WriteAllText(path, Text(Choice));
        Assert.That(() => PlanSearch.FindByHash(path, new string('a', 64)), Throws.TypeOf<PlanMissingException>());
        Assert.That(() => PlanSearch.FindByHash(path, null), Throws.TypeOf<PlanMissingException>().With.Message.Contains("without a plan"));
        Assert.That(PlanSearch.FindByHash(PlanSearch.None, new string('a', 64)), Is.Null);
    }

    private static string Text(string choices) =>
        $$"""{ "format": 1, "devices": [ { "device": "cpu 512-bit", "choices": [ {{choices}} ] } ] }""";

    private static PlanDocument Measured(IReadOnlyList<TunedShape> shapes, PlanDocument before) =>
        before.With(new DevicePlan { Device = "cpu 512-bit", Choices = [] }, shapes);

    private static TunedShape Tuned(string shape, string rule, string chosen) => new()
    {
        Operation = "convolution",
        Shape = shape,
        Rule = rule,
        Chosen = chosen,
        Ratio = 0.5,
        Timed = [new TunedVariant(rule, 0.00123456), new TunedVariant(chosen, 0.0006)],
        Wrong = [],
    };
}
