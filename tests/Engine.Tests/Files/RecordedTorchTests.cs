using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>
/// Files that other programs wrote: what torch.save made of known tensors, published checkpoints, and a corpus of hostile pickles and
/// archives (github.com/mmaitre314/picklescan). Nothing of it may be executed.
/// </summary>
[TestFixture]
internal sealed class RecordedTorchTests
{
    /// <summary>What the recorded hostile files would create if anyone executed them.</summary>
    private const string Trace = "/tmp/kerneldiff-pwned";

    [TearDown]
    public void NothingWasExecuted() => Assert.That(File.Exists(Trace), Is.False);

    [TestCase("state-dict.pt", "state-dict", WeightFileFormat.TorchZip)]
    [TestCase("legacy.pt", "state-dict", WeightFileFormat.TorchLegacy)]
    [TestCase("mixed-types.pt", "mixed-types", WeightFileFormat.TorchZip)]
    [TestCase("lightning.ckpt", "lightning", WeightFileFormat.TorchZip)]
    public void What_torch_saved_reads_back_exactly(string name, string expectedName, WeightFileFormat format)
    {
        using var file = WeightFile.Open(SharedData.Require("fixtures", "torch", name));
        using var expected = WeightFile.Open(SharedData.Require("fixtures", "torch", $"{expectedName}.expected.safetensors"));

        Assert.That(file.Format, Is.EqualTo(format));
        Assert.That(file.StateDict.Keys, Is.EquivalentTo(expected.StateDict.Keys));
        foreach ((string key, WeightTensor tensor) in expected.StateDict)
        {
            WeightTensor found = file.Find(key);
            byte[] bytes = new byte[found.ByteSize];
            byte[] expectedBytes = new byte[tensor.ByteSize];
            file.ReadBytes(found, bytes);
            expected.ReadBytes(tensor, expectedBytes);

            Assert.That(found.Type, Is.EqualTo(tensor.Type), key);
            Assert.That(found.Shape, Is.EqualTo(tensor.Shape), key);
            Assert.That(bytes, Is.EqualTo(expectedBytes), key);
            Assert.That(file.ReadSingle(found), Is.EqualTo(expected.ReadSingle(tensor)), key);
        }
    }

    [Test]
    public void A_lightning_checkpoint_lists_callback_and_optimiser_tensors_apart_from_the_state_dict()
    {
        using var file = WeightFile.Open(SharedData.Require("fixtures", "torch", "lightning.ckpt"));

        Assert.That(file.Tensors.Select(tensor => tensor.Name), Is.SupersetOf(new[]
        {
            "state_dict/model.diffusion_model.w", "callbacks/ModelCheckpoint/best_model_score", "optimizer_states/0/state/0/exp_avg_sq",
        }));
        Assert.That(file.Tensors, Has.Count.EqualTo(10));
        Assert.That(file.Metadata["global_step"], Is.EqualTo("1234"));
    }

    [TestCase("truncated.pt", "cut off")]
    [TestCase("short-storage.pt", "432 bytes, but its record holds 16")]
    [TestCase("hostile-eval.pt", "calls __builtin__.eval (REDUCE")]
    [TestCase("hostile-os-system.pt", "calls posix.system (REDUCE")]
    public void A_damaged_or_hostile_recording_is_refused_by_name(string name, string fault)
    {
        string path = SharedData.Require("fixtures", "torch", name);

        Assert.That(() => WeightFile.Open(path), Throws.TypeOf<WeightFileException>().With.Message.Contains(fault).And.Message.Contains(name));
    }

    [Test]
    public void Every_file_of_the_hostile_corpus_is_read_or_refused_within_the_limits()
    {
        string[] paths = Directory.GetFiles(SharedData.Require("data", "weight-files", "picklescan"), "*", SearchOption.AllDirectories);
        Assume.That(paths, Is.Not.Empty);
        foreach (string path in paths)
        {
            // The corpus' two genuine checkpoints may be absent; every other file has to be refused.
            bool isGenuine = Path.GetFileName(path) is "pytorch_model.bin" or "new_pytorch_model.bin";
            WeightFileException? refusal = ReadingLimits.TryRead(path);
            Assert.That(refusal is null, Is.EqualTo(isGenuine), $"{path}: {refusal?.Message}");
        }
    }

    [TestCase("candle/test.npy", "NumPy array (.npy)")]
    [TestCase("candle/test.npz", "NumPy archive (.npz)")]
    [TestCase("picklescan/data2/object_arrays.npz", "NumPy archive (.npz)")]
    [TestCase("picklescan/data/benign0_v0.pkl", "bare Python pickle")]
    [TestCase("picklescan/data/benign0_v4.pkl", "bare Python pickle")]
    [TestCase("picklescan/data/malicious0.pkl", "bare Python pickle")]
    [TestCase("picklescan/data/malicious2_v4.pkl", "it names posix.system")]
    [TestCase("picklescan/data/pytorch_magic_bypass.pt", "it names __builtin__.eval")]
    [TestCase("picklescan/data/benign_password_protected.zip", "zip archive, but not one that torch.save wrote")]
    [TestCase("picklescan/data/not_a_pickle.bin", "no weight file")]
    [TestCase("picklescan/data/bad_pytorch.pt", "PNG image")]
    public void A_file_of_another_kind_is_refused_as_what_it_is(string name, string fault)
    {
        string path = SharedData.Require(["data", "weight-files", .. name.Split('/')]);

        Assert.That(() => WeightFile.Open(path), Throws.TypeOf<WeightFileException>().With.Message.Contains(fault));
    }

    [Test]
    public void Candles_torch_file_holds_the_numbers_that_its_own_test_expects()
    {
        using var file = WeightFile.Open(SharedData.Require("data", "weight-files", "candle", "test.pt"));
        WeightTensor tensor = file.Find("test");
        long[] numbers = new long[8];
        file.ReadInt64(tensor, numbers);

        Assert.That(tensor.Type, Is.EqualTo(ElementType.I64));
        Assert.That(tensor.Shape, Is.EqualTo([2, 4]));
        Assert.That(numbers, Is.EqualTo(Enumerable.Range(1, 8)));
    }

    [Test]
    public void Every_published_checkpoint_loads_with_plausible_weights()
    {
        string[] paths = Directory.GetFiles(SharedData.Require("data", "pretrained"), "*.pth", SearchOption.AllDirectories);
        Assume.That(paths, Is.Not.Empty);
        foreach (string path in paths)
        {
            using var file = WeightFile.Open(path);
            Assert.That(file.StateDict, Is.Not.Empty, path);
            foreach (WeightTensor tensor in file.StateDict.Values)
                Assert.That(file.ReadSingle(tensor), Is.All.InRange(-1e4f, 1e4f), $"{path} {tensor.Name}");
        }
    }

    [Test]
    public void The_face_parsing_network_has_the_parameters_that_its_description_counts()
    {
        using var file = WeightFile.Open(SharedData.Require("data", "pretrained", "face-parsing-unet", "model_best.pth"));

        Assert.That(file.StateDict.Values.Sum(tensor => tensor.ElementCount), Is.EqualTo(467_123));
        Assert.That(file.Find("enc1.0.weight").Shape, Is.EqualTo([32, 3, 3, 3]));
    }
}
