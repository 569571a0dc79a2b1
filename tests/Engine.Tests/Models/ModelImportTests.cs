using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Tests.Files;
using ElementType = KernelDiff.Engine.Files.ElementType;

namespace KernelDiff.Engine.Tests.Models;

[TestFixture]
public sealed class ModelImportTests
{
    private const string Bias = "model.diffusion_model.out.2.bias";

    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Every_parameter_keeps_its_name_and_value_and_the_file_states_configuration_and_hash()
    {
        var checkpoint = new Checkpoint(Checkpoint.Small);
        checkpoint.Tensors["model_ema.decay"] = (ElementType.F32, [], [0.5f]);
        var output = Import(checkpoint, Checkpoint.Small, out var import, out var hash);

        using var model = WeightFile.Open(output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Ignored, Is.EqualTo(["model_ema.decay"]));
            Assert.That(import.Missing, Is.Empty);
            Assert.That(model.StateDict.Keys, Is.EquivalentTo(import.Used.Select(tensor => tensor.Name)));
            Assert.That(ConfigurationDocument.Write(ModelFile.ConfigurationOf(model)), Is.EqualTo(ConfigurationDocument.Write(Checkpoint.Small)));
            Assert.That(ModelFile.HashOf(model), Is.EqualTo(hash).And.EqualTo(ModelFile.Hash(model)));
        }

        foreach (var tensor in model.Tensors)
        {
            Assert.That(model.ReadSingle(tensor), Is.EqualTo(checkpoint.Tensors[tensor.Name].Values), tensor.Name);
        }
    }

    [Test]
    public void Moving_averages_stand_for_the_parameters_of_the_UNet_only()
    {
        var checkpoint = new Checkpoint(Checkpoint.Small);
        foreach (var (name, tensor) in checkpoint.Tensors.Where(tensor => tensor.Key.StartsWith("model.", StringComparison.Ordinal)).ToList())
        {
            checkpoint.Tensors[EmaNames.BufferName(name)] = tensor with { Values = Array.ConvertAll(tensor.Values, value => value + 4) };
        }

        var output = Import(checkpoint, Checkpoint.Small, out var import, out _, useAverages: true);

        using var model = WeightFile.Open(output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Averaged, Has.Count.EqualTo(import.Used.Count(tensor => tensor.Name.StartsWith("model.", StringComparison.Ordinal))));
            Assert.That(import.Ignored, Is.Empty);
            Assert.That(model.ReadSingle(model.Find(Bias)), Is.EqualTo(Array.ConvertAll(checkpoint.Tensors[Bias].Values, value => value + 4)));
            Assert.That(
                model.ReadSingle(model.Find("first_stage_model.decoder.conv_out.bias")),
                Is.EqualTo(checkpoint.Tensors["first_stage_model.decoder.conv_out.bias"].Values));
        }
    }

    [Test]
    public void Averages_of_only_some_parameters_are_refused()
    {
        var checkpoint = new Checkpoint(Checkpoint.Small);
        checkpoint.Tensors[EmaNames.BufferName(Bias)] = checkpoint.Tensors[Bias];
        using var file = WeightFile.Open(checkpoint.Write(folder.PathOf("in.safetensors")));

        Assert.That(
            () => ModelImport.Plan(file, Checkpoint.Small, useAverages: true),
            Throws.TypeOf<WeightFileException>().With.Message.Contains("has no moving average"));
    }

    [Test]
    public void An_autoencoder_alone_is_imported_without_prefixes_and_exported_as_it_was()
    {
        var checkpoint = new Checkpoint(Checkpoint.SmallFirstStage);
        foreach (var (name, tensor) in checkpoint.Tensors.ToList())
        {
            checkpoint.Tensors.Remove(name);
            checkpoint.Tensors[name[FirstStage.Prefix.Length..]] = tensor;
        }

        var names = checkpoint.Tensors.Keys.ToList();
        checkpoint.Tensors["loss.discriminator.main.0.weight"] = (ElementType.F32, [2], [1, 2]);
        var output = Import(checkpoint, Checkpoint.SmallFirstStage, out var import, out _);
        var exported = folder.PathOf("exported.safetensors");
        using (var model = WeightFile.Open(output))
        {
            ModelExport.WriteStateDict(model, exported);
        }

        using var file = WeightFile.Open(exported);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Ignored, Is.EqualTo(["loss.discriminator.main.0.weight"]));
            Assert.That(file.StateDict.Keys, Is.EquivalentTo(names));
            Assert.That(file.Metadata, Is.EqualTo(new Dictionary<string, string> { ["format"] = "pt" }));
        }

        foreach (var tensor in file.Tensors)
        {
            Assert.That(file.ReadSingle(tensor), Is.EqualTo(checkpoint.Tensors[tensor.Name].Values), tensor.Name);
        }
    }

    [Test]
    public void Missing_parameters_are_listed_and_no_model_is_written()
    {
        var checkpoint = new Checkpoint(Checkpoint.Small);
        checkpoint.Tensors.Remove(Bias);
        using var file = WeightFile.Open(checkpoint.Write(folder.PathOf("in.safetensors")));
        var import = ModelImport.Plan(file, Checkpoint.Small, useAverages: false);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Missing, Is.EqualTo([Bias]));
            Assert.That(
                () => import.Write(folder.PathOf("out.safetensors")),
                Throws.TypeOf<WeightFileException>().With.Message.Contains($"1 of {import.Used.Count + 1} parameters").And.Message.Contains(Bias));
            Assert.That(folder.FileNames, Is.EqualTo(["in.safetensors"]));
        }
    }

    [Test]
    public void A_tensor_of_another_shape_is_named_with_both_shapes()
    {
        var checkpoint = new Checkpoint(Checkpoint.Small);
        checkpoint.Tensors[Bias] = (ElementType.F32, [4], [1, 2, 3, 4]);
        var path = checkpoint.Write(folder.PathOf("in.safetensors"));
        using var file = WeightFile.Open(path);

        Assert.That(
            () => ModelImport.Plan(file, Checkpoint.Small, useAverages: false),
            Throws.TypeOf<WeightFileException>().With.Message.EqualTo(
                $"{path}: the tensor \"{Bias}\" has shape [4], 'small' expects [3]. Check that the file belongs to this configuration."));
    }

    [TestCase(ElementType.F16, ElementType.F16)]
    [TestCase(ElementType.BF16, ElementType.BF16)]
    [TestCase(ElementType.F64, ElementType.F32)]
    public void Halves_stay_halves_and_doubles_become_singles(ElementType from, ElementType to)
    {
        var checkpoint = new Checkpoint(Checkpoint.Small);
        checkpoint.Tensors[Bias] = (from, [3], [0.5f, -2, 1]);
        var output = Import(checkpoint, Checkpoint.Small, out _, out _);

        using var model = WeightFile.Open(output);
        Assert.That(model.Find(Bias).Type, Is.EqualTo(to));
        Assert.That(model.ReadSingle(model.Find(Bias)), Is.EqualTo([0.5f, -2, 1]));
    }

    [Test]
    public void The_scale_factor_of_a_checkpoint_replaces_that_of_the_configuration()
    {
        var checkpoint = new Checkpoint(Checkpoint.Small);
        checkpoint.Tensors["scale_factor"] = (ElementType.F32, [], [0.25f]);
        var output = Import(checkpoint, Checkpoint.Small, out _, out _);

        using var model = WeightFile.Open(output);
        Assert.That(ModelFile.ConfigurationOf(model).Diffusion.ScaleFactor, Is.EqualTo(0.25));
    }

    [Test]
    public void A_checkpoint_of_another_noise_schedule_is_refused()
    {
        var checkpoint = new Checkpoint(Checkpoint.Small);
        var own = Checkpoint.Small.Diffusion.Build().AlphasCumulative.ToArray();
        checkpoint.Tensors["alphas_cumprod"] = (ElementType.F32, [own.Length], Array.ConvertAll(own, value => (float)value));
        Assert.That(Import(checkpoint, Checkpoint.Small, out var import, out _), Does.Exist);
        Assert.That(import.Ignored, Is.Empty);

        checkpoint.Tensors["alphas_cumprod"].Values[7] += 0.01f;
        using var file = WeightFile.Open(checkpoint.Write(folder.PathOf("other.safetensors")));
        Assert.That(
            () => ModelImport.Plan(file, Checkpoint.Small, useAverages: false),
            Throws.TypeOf<WeightFileException>().With.Message.Contains("noise schedule").And.Message.Contains("at step 7"));
    }

    [Test]
    public void A_cancelled_import_leaves_nothing()
    {
        using var file = WeightFile.Open(new Checkpoint(Checkpoint.Small).Write(folder.PathOf("in.safetensors")));
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.That(
            () => ModelImport.Plan(file, Checkpoint.Small, useAverages: false).Write(folder.PathOf("out.safetensors"), cancellation.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(folder.FileNames, Is.EqualTo(["in.safetensors"]));
    }

    [Test]
    public void The_preset_is_recognised_by_names_and_shapes()
    {
        // Elements are never read: the file is as long as it says, and holds nothing.
        var offset = 0L;
        var entries = ModelParameters.Of(ConfigurationDocument.Load("vq-f4").Model).Select(specification =>
        {
            var begin = offset;
            offset += 2L * specification.FileShape.Elements;
            var shape = string.Join(',', specification.FileShape.ToArray());
            return $$"""
                "{{specification.Name[FirstStage.Prefix.Length..]}}":{"dtype":"F16","shape":[{{shape}}],"data_offsets":[{{begin}},{{offset}}]}
                """;
        });
        var path = folder.Write("vq-f4.safetensors", SafeTensorsBytes.Build($"{{{string.Join(',', entries)}}}", []));
        using (var stream = File.OpenWrite(path))
        {
            stream.SetLength(stream.Length + offset);
        }

        using var file = WeightFile.Open(path);
        Assert.That(ModelImport.Recognize(file)?.Name, Is.EqualTo("vq-f4"));
        using var small = WeightFile.Open(new Checkpoint(Checkpoint.Small).Write(folder.PathOf("small.safetensors")));
        Assert.That(ModelImport.Recognize(small), Is.Null);
    }

    private string Import(
        Checkpoint checkpoint, ModelConfiguration configuration, out ModelImport import, out string hash, bool useAverages = false)
    {
        using var file = WeightFile.Open(checkpoint.Write(folder.PathOf("in.safetensors")));
        import = ModelImport.Plan(file, configuration, useAverages);
        hash = import.Write(folder.PathOf("out.safetensors"));
        return folder.PathOf("out.safetensors");
    }
}
