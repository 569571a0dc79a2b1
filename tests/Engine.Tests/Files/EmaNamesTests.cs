using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

[TestFixture]
internal sealed class EmaNamesTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void BufferName_removes_the_dots_below_the_prefix() => Assert.That(
        EmaNames.BufferName("model.diffusion_model.input_blocks.1.0.in_layers.0.weight"),
        Is.EqualTo("model_ema.diffusion_modelinput_blocks10in_layers0weight"));

    [Test]
    public void BufferName_refuses_what_is_not_averaged() =>
        Assert.That(() => EmaNames.BufferName("first_stage_model.quantize.embedding.weight"), Throws.ArgumentException);

    [Test]
    public void ParametersByBuffer_maps_back_and_refuses_names_that_fall_together()
    {
        Assert.That(EmaNames.ParametersByBuffer(["model.a.b", "model.c"]), Is.EquivalentTo(
            new Dictionary<string, string> { ["model_ema.ab"] = "model.a.b", ["model_ema.c"] = "model.c" }));
        Assert.That(() => EmaNames.ParametersByBuffer(["model.a.b", "model.ab"]), Throws.ArgumentException.With.Message.Contains("same name"));
    }

    [Test]
    public void Substitute_puts_averages_in_the_place_of_parameters_and_leaves_the_rest()
    {
        using var file = Open(
            ("model.diffusion_model.a.weight", 1), ("model.diffusion_model.b", 2), ("first_stage_model.c", 3),
            ("model_ema.diffusion_modelaweight", 10), ("model_ema.decay", 0.5f), ("model_ema.num_updates", 4), ("model_ema.other", 5));

        EmaStateDict ema = EmaNames.Substitute(file);

        Assert.That(ema.Tensors.ToDictionary(entry => entry.Key, entry => file.ReadSingle(entry.Value)[0]), Is.EquivalentTo(
            new Dictionary<string, float>
            {
                ["model.diffusion_model.a.weight"] = 10,
                ["model.diffusion_model.b"] = 2,
                ["first_stage_model.c"] = 3,
            }));
        Assert.That(ema.Averaged, Is.EqualTo(["model.diffusion_model.a.weight"]));
        Assert.That(ema.Unclaimed, Is.EqualTo(["model_ema.other"]));
    }

    [Test]
    public void Substitute_refuses_a_file_without_averages_or_with_ambiguous_or_misshapen_ones()
    {
        using var plain = Open(("model.a", 1));
        Assert.That(() => EmaNames.Substitute(plain), Throws.TypeOf<WeightFileException>().With.Message.Contains("no moving averages"));

        using var ambiguous = Open(("model.a.b", 1), ("model.ab", 2), ("model_ema.ab", 3));
        Assert.That(() => EmaNames.Substitute(ambiguous), Throws.TypeOf<WeightFileException>().With.Message.Contains("same average"));

        using var misshapen = Open(("model.a", 1), ("model_ema.a", float.NaN));
        Assert.That(() => EmaNames.Substitute(misshapen), Throws.TypeOf<WeightFileException>().With.Message.Contains("F32 [1]"));
    }

    /// <summary>A file of one-element tensors; NaN stands for a scalar, which has another shape.</summary>
    private WeightFile Open(params (string Name, float Value)[] tensors)
    {
        string path = folder.PathOf(Guid.NewGuid().ToString());
        using (var writer = new SafeTensorsWriter(path, tensors.Select(tensor =>
            new TensorDeclaration(tensor.Name, ElementType.F32, float.IsNaN(tensor.Value) ? [] : [1]))))
        {
            foreach ((string name, float value) in tensors)
                writer.Write(name, [value]);
            writer.Commit();
        }

        return WeightFile.Open(path);
    }
}
