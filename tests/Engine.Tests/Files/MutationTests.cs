using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>Whatever the bytes: a file is read or refused by <see cref="WeightFileException"/>, within the limits of memory.</summary>
[TestFixture]
internal sealed class MutationTests
{
    private const int MutationsPerFile = 600;
    private const int MutationsPerRecording = 100;

    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Damaged_safetensors_files_are_read_or_refused() => AssertReadOrRefused(SafeTensors(), Zip(), 1);

    [Test]
    public void Damaged_torch_archives_are_read_or_refused() => AssertReadOrRefused(Zip(), Legacy(), 2);

    [Test]
    public void Damaged_legacy_streams_are_read_or_refused() => AssertReadOrRefused(Legacy(), Zip(), 3);

    [Test]
    public void Damaged_pickles_in_sound_archives_are_read_or_refused()
    {
        // The checksum is computed over the damaged pickle, so that the damage reaches the interpreter.
        byte[] pickle = Checkpoint(null).ToArray();
        byte[] other = EveryNotation().ToArray();
        AssertReadOrRefused(4, seed => Archive(Mutation.Apply(seed, pickle, other)));
        AssertReadOrRefused(5, seed => Archive(Mutation.Apply(seed, other, pickle)));
    }

    [Test]
    public void Random_bytes_behind_every_signature_are_refused()
    {
        byte[][] signatures = [[], [0x80, 2], [0x80, 4, 0x95], [.. "PK\x03\x04"u8], [2, 0, 0, 0, 0, 0, 0, 0, (byte)'{'], PickleBytes.Magic];
        int refused = 0;
        for (int seed = 0; seed < MutationsPerFile; seed++)
        {
            byte[] noise = new byte[seed];
            new Random(seed).NextBytes(noise);
            refused += ReadingLimits.TryRead(folder.Write("noise", [.. signatures[seed % signatures.Length], .. noise])) is null ? 0 : 1;
        }

        Assert.That(refused, Is.EqualTo(MutationsPerFile));
    }

    [Test]
    public void The_undamaged_files_are_read()
    {
        foreach (byte[] bytes in (byte[][])[SafeTensors(), Zip(), Legacy(), Archive(EveryNotation().ToArray())])
            Assert.That(ReadingLimits.TryRead(folder.Write("sound", bytes)), Is.Null);
    }

    [Test]
    public void Damaged_recordings_are_read_or_refused()
    {
        string recordings = SharedData.Require("fixtures", "torch");
        string[] paths = [.. Directory.GetFiles(recordings).Where(path => !path.EndsWith(".md", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        for (int index = 0; index < paths.Length; index++)
        {
            byte[] original = File.ReadAllBytes(paths[index]);
            byte[] donor = File.ReadAllBytes(paths[(index + 1) % paths.Length]);
            AssertReadOrRefused(100 + index, seed => Mutation.Apply(seed, original, donor), MutationsPerRecording);
        }
    }

    private static byte[] SafeTensors() => SafeTensorsBytes.Build(
        """{"__metadata__":{"kind":"sample"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F16","shape":[3],"data_offsets":[16,22]},"c":{"dtype":"BOOL","shape":[],"data_offsets":[22,23]},"d":{"dtype":"I64","shape":[0],"data_offsets":[23,23]}}""",
        new byte[23]);

    private static byte[] Zip() => Archive(Checkpoint(null).ToArray());

    private static byte[] Legacy() => TorchBytes.Legacy(
        Checkpoint(view => view.Op("N")), ("0", 6, TorchBytes.Ascending(6)), ("1", 2, new byte[4]));

    private static byte[] Archive(byte[] pickle) => ZipBytes.Build(
    [
        .. TorchBytes.Records(new PickleBytes().Raw(pickle), ("0", TorchBytes.Ascending(6)), ("1", new byte[4])),
        new ZipRecord("model/byteorder", [.. "little"u8]),
    ]);

    private static PickleBytes Checkpoint(Action<PickleBytes>? view) => new PickleBytes().Proto().Dictionary(
        ("epoch", value => value.Int(3)),
        ("state_dict", value => value.OrderedDictionary().Op("q").Raw(1).Op("(")
            .Text("a.weight").Tensor("0", 6, 0, [3, 2], [1, 3], view: view).Op("q").Raw(2)
            .Text("a.bias").Vector("1", 2, "HalfStorage", view).Text("tied").Op("h").Raw(2).Op("u")),
        ("callbacks", value => value.Op("}").Global("lightning", "Checkpoint").Dictionary(("best", best => best.Raw(0x88))).Op("s")),
        ("parameters", value => value.Global("argparse", "Namespace").Op(")").Raw(0x81).Dictionary(("rate", rate => rate.Long(5))).Op("b"))).Stop();

    /// <summary>A pickle with an opcode of every kind, among them those that Python writes in protocols 0, 4 and 5.</summary>
    private static PickleBytes EveryNotation() => new PickleBytes().Proto(5)
        .Op("(lp0\nI1\naL22L\naF1.5\naS'a\\n'\naV\\u0041\na")
        .Op("(K").Raw(1).Op("M").Raw(1, 2).Op("NU").Raw(1).Op("xT").Raw(1, 0, 0, 0).Op("yB").Raw(1, 0, 0, 0, 7).Op("C").Raw(1, 8).Op("G").Raw(new byte[8])
        .Raw(0x8A, 2, 1, 1, 0x8B, 1, 0, 0, 0, 5, 0x8C, 1, (byte)'z', 0x94, 0x8D, 1, 0, 0, 0, 0, 0, 0, 0, (byte)'w', 0x8E, 1, 0, 0, 0, 0, 0, 0, 0, 9)
        .Raw(0x96, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0x8F).Op("(N").Raw(0x90).Op("(N").Raw(0x91).Op("(NNd(NNt20(N1")
        .Op("g0\n0p9\ne").Vector("0", 6).Op("a.");

    private void AssertReadOrRefused(byte[] original, byte[] donor, int stream) =>
        AssertReadOrRefused(stream, seed => Mutation.Apply(seed, original, donor));

    private void AssertReadOrRefused(int stream, Func<int, byte[]> mutate, int count = MutationsPerFile)
    {
        int refused = 0;
        for (int index = 0; index < count; index++)
        {
            int seed = (stream * 1_000_000) + index;
            string path = folder.Write("mutant", mutate(seed));
            Assert.That(() => refused += ReadingLimits.TryRead(path) is null ? 0 : 1, Throws.Nothing, $"seed {seed}");
        }

        // A mutation engine that changes nothing, or a reader that accepts everything, would make the test vacuous.
        Assert.That(refused, Is.GreaterThan(count / 3));
    }
}
