using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>Checkpoints of trainers: a state dict among callbacks, hyper-parameters and optimiser state.</summary>
[TestFixture]
internal sealed class TorchCheckpointTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void A_callback_class_as_a_key_stays_an_inert_name()
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(
            ("state_dict", value => value.Dictionary(("w", weight => weight.Vector("0", 1)))),
            ("callbacks", value => value.Op("}").Global("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
                .Dictionary(("best", best => best.Vector("0", 1)), ("mode", mode => mode.Text("min"))).Op("s")),
            ("optimizer_states", value => value.Op("](").Dictionary(("state", state => state
                .Op("}").Int(0).Dictionary(("exp_avg", average => average.Vector("0", 1))).Op("s"))).Op("e"))).Stop();
        using var file = Open(pickle);

        Assert.That(file.Tensors.Select(tensor => tensor.Name), Is.EqualTo(
        [
            "state_dict/w", "callbacks/pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint/best", "optimizer_states/0/state/0/exp_avg",
        ]));
        Assert.That(file.StateDict.Keys, Is.EqualTo(["w"]));
        Assert.That(file.UnusedGlobals, Is.EqualTo(["pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint"]));
    }

    [Test]
    public void Data_classes_of_hyper_parameters_are_described()
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(
            ("state_dict", value => value.Dictionary(("w", weight => weight.Vector("0", 1)))),
            ("namespace", value => value.Global("argparse", "Namespace").Op(")").Raw(0x81)
                .Dictionary(("rate", rate => rate.Op("G").Raw(0x3F, 0xF0, 0, 0, 0, 0, 0, 0)), ("t", tensor => tensor.Vector("0", 1))).Op("b")),
            ("attributes", value => value.Global("pytorch_lightning.utilities.parsing", "AttributeDict").Op(")").Raw(0x81)
                .Op("(").Text("a").Int(1).Op("u")),
            ("default", value => value.Call("collections", "defaultdict", arguments => arguments.Global("__builtin__", "list"))),
            ("set", value => value.Call("__builtin__", "set", arguments => arguments.Op("](").Int(1).Int(2).Op("e"))),
            ("path", value => value.Call("pathlib", "PosixPath", arguments => arguments.Text("/").Text("models"))),
            ("bytes", value => value.Call("_codecs", "encode", arguments => arguments.Text("\u00ff\u0000").Text("latin1"))),
            ("score", value => value.Call("numpy.core.multiarray", "scalar", arguments => arguments
                .Call("numpy", "dtype", type => type.Text("f8").Raw(0x89, 0x88)).Op("(").Int(3).Text("<").Op("NNNJ").Raw(255, 255, 255, 255)
                .Op("J").Raw(255, 255, 255, 255).Op("K").Raw(0).Op("tb")
                .Call("_codecs", "encode", text => text.Text("12345678").Text("latin1")))),
            ("device", value => value.Call("torch", "device", arguments => arguments.Text("cuda").Int(0))),
            ("size", value => value.Call("torch", "Size", arguments => arguments.Numbers(1, 2)))).Stop();
        using var file = Open(pickle);

        Assert.That(file.StateDict.Keys, Is.EqualTo(["w"]));
        Assert.That(file.Tensors.Select(tensor => tensor.Name), Is.EqualTo(["state_dict/w", "namespace/t"]));
    }

    [Test]
    public void A_configuration_node_that_knows_its_parent_does_not_lead_in_circles()
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(
            ("state_dict", value => value.Dictionary(("w", weight => weight.Vector("0", 1)))),
            ("config", value => value.Global("omegaconf.dictconfig", "DictConfig").Op(")").Raw(0x81).Op("q").Raw(9)
                .Dictionary(("_content", content => content.Dictionary(("child", child => child
                    .Global("omegaconf.nodes", "AnyNode").Op(")").Raw(0x81).Dictionary(("_parent", parent => parent.Op("h").Raw(9))).Op("b"))))).Op("b"))).Stop();
        using var file = Open(pickle);

        Assert.That(file.Tensors, Has.Count.EqualTo(1));
    }

    [TestCase("state_dict")]
    [TestCase("model_state_dict")]
    [TestCase("model")]
    public void The_state_dict_is_found_under_the_keys_that_trainers_use(string key)
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(
            ("optimizer", value => value.Dictionary(("m", state => state.Vector("0", 1)))),
            (key, value => value.Dictionary(("a.weight", weight => weight.Vector("0", 1))))).Stop();
        using var file = Open(pickle);

        Assert.That(file.StateDict.Keys, Is.EqualTo(["a.weight"]));
        Assert.That(file.Tensors, Has.Count.EqualTo(2));
    }

    [Test]
    public void Without_such_a_key_the_state_dict_is_all_but_the_optimiser()
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(
            ("a.weight", value => value.Vector("0", 1)),
            ("inner", value => value.Dictionary(("b", weight => weight.Vector("0", 1)))),
            ("optimizer", value => value.Dictionary(("m", state => state.Vector("0", 1)))),
            ("model", value => value.Text("unet"))).Stop();
        using var file = Open(pickle);

        Assert.That(file.StateDict.Keys, Is.EqualTo(["a.weight", "inner/b"]));
        Assert.That(file.Metadata, Is.EqualTo(new Dictionary<string, string> { ["model"] = "unet" }));
    }

    [Test]
    public void A_summary_tells_tensors_totals_and_what_is_not_used()
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(
            ("state_dict", value => value.Dictionary(("w", weight => weight.Vector("0", 1)))),
            ("optimizer_states", value => value.Op("](").Tensor("0", 1, 0, [], []).Op("e")),
            ("epoch", value => value.Int(7)),
            ("loops", value => value.Global("some.module", "Loop"))).Stop();
        using var file = Open(pickle);

        var summary = WeightFileSummary.Of(file);

        Assert.That(summary.Format, Is.EqualTo("torch (zip)"));
        Assert.That(summary.FileBytes, Is.EqualTo(new FileInfo(file.Path).Length));
        Assert.That(summary.Tensors.Select(tensor => (tensor.Name, tensor.StateDictName, tensor.Type, tensor.Bytes)), Is.EqualTo(
            new[] { ("state_dict/w", "w", "F32", 4L), ("optimizer_states/0", null, "F32", 4L) }));
        Assert.That(summary.Total, Is.EqualTo(new TensorTotal(2, 2, 8)));
        Assert.That(summary.StateDict, Is.EqualTo(new TensorTotal(1, 1, 4)));
        Assert.That(summary.Types, Is.EqualTo(new Dictionary<string, TensorTotal> { ["F32"] = new(2, 2, 8) }));
        Assert.That(summary.Metadata["epoch"], Is.EqualTo("7"));
        Assert.That(summary.UnusedGlobals, Is.EqualTo(["some.module.Loop"]));
    }

    private WeightFile Open(PickleBytes pickle) =>
        WeightFile.Open(folder.Write("model.ckpt", TorchBytes.Zip(pickle, ("0", TorchBytes.Floats(1)))));
}
