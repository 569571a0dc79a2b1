using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Recognition;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tests.Recognition;

public class LayerListTests
{
    [TestCase("""{ "kind": "conv", "channels": 2 }""", "layer 1", "needs a name")]
    [TestCase("""{ "name": "a", "kind": "conv" }""", "layer 1 (a)", "'channels' must be positive")]
    [TestCase("""{ "name": "a", "kind": "conv", "channels": 2, "kernel": 9 }""", "layer 1 (a)", "window of 9")]
    [TestCase("""{ "kind": "relu", "from": ["nobody"] }""", "layer 1 (Relu)", "'nobody'")]
    [TestCase("""{ "name": "a", "kind": "relu" }, { "name": "a", "kind": "relu" }""", "layer 2 (a)", "taken")]
    [TestCase("""{ "name": "a", "kind": "max-pool", "kernel": 2, "stride": 2 }, { "kind": "concat", "from": ["a", "input"] }""", "layer 2", "4x4x3 and 8x8x3")]
    [TestCase("""{ "name": "a", "kind": "group-norm", "groups": 2 }""", "layer 1 (a)", "2 groups do not divide 3 channels")]
    [TestCase("""{ "kind": "mean" }, { "kind": "max-pool" }""", "layer 2", "given a vector")]
    [TestCase("""{ "kind": "mean" }""", "parser", "ends in a map")]
    [TestCase("""{ "kind": "add", "from": ["input"] }""", "layer 1", "two outputs")]
    public void A_list_that_does_not_fit_together_is_refused_with_the_layer(string layers, params string[] words)
    {
        var message = Assert.Throws<ConfigurationException>(() => Parse(layers, "[0, 1, 2]")).Message;
        Assert.That(message, Does.StartWith("list.json: "));
        foreach (var word in words)
        {
            Assert.That(message, Does.Contain(word));
        }
    }

    [TestCase("""{ "kind": "swish" }""")]
    [TestCase("""{ "kind": "relu", "chanels": 3 }""")]
    public void Unknown_kinds_and_keys_are_refused(string layers) =>
        Assert.That(() => Parse(layers, "[0, 1, 2]"), Throws.TypeOf<ConfigurationException>().With.Message.StartsWith("list.json"));

    [TestCase("[0, 1]", "3 channels")]
    [TestCase("[0, 1, 19]", "no class 19")]
    public void Meanings_must_fit_the_outputs(string classes, string expected) =>
        Assert.That(() => Parse("""{ "kind": "relu" }""", classes), Throws.TypeOf<ConfigurationException>().With.Message.Contains(expected));

    [Test]
    public void A_written_list_is_read_as_the_same()
    {
        var list = RecognitionNetworks.Classifier(16, 8, 2) with { Thresholds = [.. Enumerable.Repeat(0.25f, 40)] };
        Assert.That(LayerList.Parse(list.Write(), "again").Write(), Is.EqualTo(list.Write()));
    }

    [Test]
    public void Every_kind_of_layer_computes_what_it_says()
    {
        // Channel c of pixel (y, x) is 100 c + 10 y + x - 5, in a picture of 2 x 2.
        var list = Parse(
            """
            { "name": "r", "kind": "relu" }, { "name": "l", "kind": "leaky-relu", "from": ["input"] },
            { "name": "m", "kind": "max-pool", "kernel": 2, "stride": 2 }, { "name": "n", "kind": "upsample-nearest" },
            { "name": "s", "kind": "add", "from": ["r", "n"] }, { "name": "a", "kind": "average-pool", "kernel": 2, "stride": 2 },
            { "name": "b", "kind": "upsample-bilinear" }, { "kind": "concat", "from": ["s", "b", "input"] }
            """,
            "[0, 1, 2, 3, 4, 5, 6, 7, 8]",
            size: 2);
        using var device = DeviceCatalog.Open("cpu");
        using var session = new Session(device);
        var values = Enumerable.Range(0, 12).Select(i => (100f * (i % 3)) + (10 * (i / 6)) + (i / 3 % 2) - 5).ToArray();
        var output = new LayerNetwork(list).Forward(session.FromValues<float>(values, new TensorShape(1, 2, 2, 3))).ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            var (pixel, channel) = (i / 3, i % 3);
            var largest = (100f * channel) + 11 - 5;
            var sum = Math.Max(values[i], 0) + largest;
            var mean = Enumerable.Range(0, 4).Average(other => Math.Max(values[(3 * other) + channel], 0) + largest);
            Assert.That(output[(9 * pixel) + channel], Is.EqualTo(sum).Within(1e-4), "relu, leaky-relu, max-pool, upsample-nearest, add");
            Assert.That(output[(9 * pixel) + 3 + channel], Is.EqualTo(mean).Within(1e-3), "average-pool, upsample-bilinear");
            Assert.That(output[(9 * pixel) + 6 + channel], Is.EqualTo(values[i]), "input");
        }
    }

    [Test]
    public void The_networks_of_our_own_trainings_end_in_what_they_mean()
    {
        Assert.That(RecognitionNetworks.Parser(64, 16, 3).Plan()[^1].Shape, Is.EqualTo(new LayerShape(64, 64, 19)));
        Assert.That(RecognitionNetworks.Classifier(64, 16, 3).Plan()[^1].Shape, Is.EqualTo(new LayerShape(0, 0, 40)));
        Assert.That(() => RecognitionNetworks.Parser(20, 16, 3), Throws.ArgumentException.With.Message.Contains("3 times"));
    }

    private static LayerList Parse(string layers, string classes, int size = 8) =>
        LayerList.Parse($$"""{ "input_size": {{size}}, "classes": {{classes}}, "layers": [ {{layers}} ] }""", "list.json");
}
