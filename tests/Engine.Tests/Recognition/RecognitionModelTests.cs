using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Recognition;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Tests.Files;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tests.Recognition;

public class RecognitionModelTests
{
    private const string Layers =
        """
        { "input_size": 4, "mean": [0, 0, 0], "deviation": [1, 1, 1], "classes": [13, 1],
          "layers": [ { "name": "out", "kind": "conv", "channels": 2 } ] }
        """;

    private TemporaryFolder folder;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void A_parser_gives_the_classes_that_its_list_means_at_the_size_of_the_picture()
    {
        // Channel 0 is red, channel 1 is green: red pixels are hair, green ones are skin.
        var file = Write(("out.weight", [2, 3, 1, 1], [1, 0, 0, 0, 1, 0]), ("out.bias", [2], [0, 0]));
        using var device = DeviceCatalog.Open("cpu");
        using var session = new Session(device);
        using var parser = FaceParser.Load(session, file, WriteLayers(Layers));
        var image = new RgbImage(8, 8);
        for (var i = 0; i < 64; i++)
        {
            image.Pixels[(3 * i) + (i % 8 < 4 ? 0 : 1)] = 200;
        }

        Assert.That(parser.Parse([image])[0].Labels, Is.EqualTo(Enumerable.Range(0, 64).Select(i => i % 8 < 4 ? 13 : 1)));
    }

    [Test]
    public void A_missing_tensor_is_named_with_the_expected_shape()
    {
        var file = Write(("out.weight", [2, 3, 1, 1], new float[6]));
        Assert.That(() => Load(file), Throws.TypeOf<WeightFileException>().With.Message.Contains(file).And.Message.Contains("'out.bias'").And.Message.Contains("[2]"));
    }

    [Test]
    public void A_tensor_of_another_shape_is_named_with_both_shapes()
    {
        var file = Write(("out.weight", [2, 3, 3, 3], new float[54]), ("out.bias", [2], new float[2]));
        Assert.That(
            () => Load(file),
            Throws.TypeOf<WeightFileException>().With.Message.Contains("'out.weight'").And.Message.Contains("[2, 3, 3, 3]").And.Message.Contains("[2, 3, 1, 1]"));
    }

    [Test]
    public void A_tensor_that_belongs_to_no_layer_is_named()
    {
        var file = Write(
            ("out.weight", [2, 3, 1, 1], new float[6]), ("out.bias", [2], new float[2]), ("out.num_batches_tracked", [1], new float[1]),
            ("more.weight", [7], new float[7]));
        Assert.That(() => Load(file), Throws.TypeOf<WeightFileException>().With.Message.Contains("'more.weight'").And.Message.Contains("[7]"));
    }

    [Test]
    public void A_file_without_a_list_is_taken_for_the_known_parser_but_for_no_classifier()
    {
        var file = Write(("out.weight", [2, 3, 1, 1], new float[6]));
        using var device = DeviceCatalog.Open("cpu");
        using var session = new Session(device);
        Assert.That(() => FaceParser.Load(session, file), Throws.TypeOf<WeightFileException>().With.Message.Contains("'enc1.0.weight'"));
        Assert.That(() => AttributeClassifier.Load(session, file), Throws.TypeOf<WeightFileException>().With.Message.Contains("carries no layer list"));
    }

    [Test]
    public void A_parser_is_no_classifier()
    {
        var file = Write(("out.weight", [2, 3, 1, 1], new float[6]), ("out.bias", [2], new float[2]));
        using var device = DeviceCatalog.Open("cpu");
        using var session = new Session(device);
        Assert.That(
            () => AttributeClassifier.Load(session, file, WriteLayers(Layers)), Throws.TypeOf<ConfigurationException>().With.Message.Contains("a parser"));
    }

    private void Load(string file)
    {
        using var device = DeviceCatalog.Open("cpu");
        using var session = new Session(device);
        FaceParser.Load(session, file, WriteLayers(Layers)).Dispose();
    }

    private string WriteLayers(string json)
    {
        var path = Path.Combine(folder.Path, "layers.json");
        File.WriteAllText(path, json);
        return path;
    }

    private string Write(params (string Name, int[] Shape, float[] Values)[] tensors)
    {
        var path = Path.Combine(folder.Path, "network.safetensors");
        using var writer = new SafeTensorsWriter(
            path, tensors.Select(tensor => new TensorDeclaration(tensor.Name, KernelDiff.Engine.Files.ElementType.F32, tensor.Shape)));
        foreach (var (name, _, values) in tensors)
        {
            writer.Write(name, values);
        }

        writer.Commit();
        return path;
    }
}
