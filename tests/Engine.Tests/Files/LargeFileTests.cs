using System.Globalization;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>Files beyond 4 GB. They are sparse: the disk holds a few kilobytes of each.</summary>
[TestFixture]
[Platform("Linux")]
internal sealed class LargeFileTests
{
    private const long Hole = 5L << 30;

    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void A_torch_archive_beyond_4_GB_is_read_behind_the_limit_of_32_bits()
    {
        const int count = (int)(Hole / 4);
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(
            ("large", value => value.Vector("0", count)), ("last", value => value.Tensor("0", count, count - 2, [2], [1])),
            ("behind", value => value.Vector("1", 2))).Stop();
        string path = folder.PathOf("large.ckpt");
        using (FileStream stream = File.Create(path))
        {
            ZipRecord[] records =
            [
                new ZipRecord("model/data.pkl", pickle.ToArray()),
                new ZipRecord("model/data/0", []) { Hole = Hole, IsWide = true },
                new ZipRecord("model/data/1", TorchBytes.Floats(7, 8)) { IsWide = true },
            ];
            ZipBytes.Write(stream, records, comment: [], isWide: true);
        }

        using var file = WeightFile.Open(path);

        Assert.That(file.Find("large").ByteSize, Is.EqualTo(Hole));
        Assert.That(file.ReadSingle(file.Find("last")), Is.EqualTo([0f, 0]));
        Assert.That(file.ReadSingle(file.Find("behind")), Is.EqualTo([7f, 8]));
    }

    [Test]
    public void A_safetensors_file_beyond_4_GB_is_read_behind_the_limit_of_32_bits()
    {
        string header = string.Create(
            CultureInfo.InvariantCulture,
            $$$"""{"large":{"dtype":"F64","shape":[{{{Hole / 8}}}],"data_offsets":[0,{{{Hole}}}]},"behind":{"dtype":"U8","shape":[3],"data_offsets":[{{{Hole}}},{{{Hole + 3}}}]}}""");
        string path = folder.PathOf("large.safetensors");
        using (FileStream stream = File.Create(path))
        {
            stream.Write(SafeTensorsBytes.Build(header));
            stream.Position += Hole;
            stream.Write([1, 2, 3]);
        }

        using var file = WeightFile.Open(path);

        Assert.That(file.ReadSingle(file.Find("behind")), Is.EqualTo([1f, 2, 3]));
        Assert.That(file.Tensors[0].ByteSize, Is.EqualTo(Hole));
    }
}
