using System.Buffers.Binary;
using System.IO.Compression;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

[TestFixture]
internal sealed class ZipRefusalTests
{
    private static readonly PickleBytes Pickle = new PickleBytes().Proto().Dictionary(("x", value => value.Vector("0", 4))).Stop();

    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    private static IEnumerable<TestCaseData> FalsifiedRecords()
    {
        yield return Case("an encrypted record", record => record with { Flags = 0x0809 }, "is encrypted");
        yield return Case("a flag of strong encryption", record => record with { Flags = 0x0848 }, "has flags that no checkpoint needs");
        yield return Case("a compression method", record => record with { Method = 8 }, "is compressed");
        yield return Case("another name in the record", record => record with { LocalName = "model/data/9" }, "differs between directory and record");
        yield return Case("a longer name in the record", record => record with { LocalName = "model/data/01" }, "differs between directory and record");
        yield return Case("other flags in the record", record => record with { LocalFlags = 0x0008 }, "differs between directory and record");
        yield return Case("another checksum behind the data", record => record with { DescriptorChecksum = 1 }, "differs between directory and record");
        yield return Case("a larger size", record => record with { CentralLength = 17 }, "");
        yield return Case("a smaller size", record => record with { CentralLength = 15 }, "leaves a gap");
        yield return Case("a size beyond the file", record => record with { CentralLength = 1 << 20 }, "reaches beyond the end");
        yield return Case("a saturated size without its 64-bit value", record => record with { CentralLength = uint.MaxValue }, "lacks the 64-bit");
        yield return Case("the place of another record", record => record with { CentralOffset = 0 }, "overlaps another one");
        yield return Case("a place beyond the file", record => record with { CentralOffset = 1 << 20 }, "");
        yield return Case("a gap behind it", record => record with { Gap = [0] }, "leaves a gap");
        yield return Case("an empty name", record => record with { Name = "" }, "cut off or damaged");

        static TestCaseData Case(string name, Func<ZipRecord, ZipRecord> falsify, string fault) =>
            new TestCaseData(falsify, fault).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(FalsifiedRecords))]
    public void An_archive_with_a_falsified_record_is_refused(Func<ZipRecord, ZipRecord> falsify, string fault)
    {
        ZipRecord[] records = Records();
        records[1] = falsify(records[1]);

        AssertRefused(ZipBytes.Build(records), fault);
    }

    [Test]
    public void A_pickle_that_does_not_match_its_checksum_is_refused()
    {
        ZipRecord[] records = Records();
        records[0] = records[0] with { Checksum = 1 };

        AssertRefused(ZipBytes.Build(records), "does not match its checksum");
    }

    [Test]
    public void A_name_that_occurs_twice_is_refused() => AssertRefused(ZipBytes.Build([.. Records(), Records()[1]]), "\"model/data/0\" twice");

    [Test]
    public void A_compressed_archive_is_refused()
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream entry = archive.CreateEntry("model/data.pkl", CompressionLevel.Optimal).Open();
            entry.Write(new byte[1 << 20]);
        }

        AssertRefused(stream.ToArray(), "is compressed");
    }

    [Test]
    public void An_archive_with_anything_before_between_or_behind_its_records_is_refused()
    {
        byte[] sound = ZipBytes.Build(Records());
        byte[] commented = ZipBytes.Build(Records(), comment: [1, 2], isWide: true);

        AssertRefused([.. sound, 0], "cut off, or something was appended");
        AssertRefused(commented, "cut off, or something was appended");
        AssertRefused([.. "PK\x03\x04"u8, .. sound], "out of place");
        AssertRefused([.. "PK\x03\x04"u8, .. ZipBytes.Build(Records(), comment: [], isWide: false)], "does not end where the end record begins");
        AssertRefused(sound[..^1], "cut off, or something was appended");
        AssertRefused([.. sound[..30]], "cut off, or something was appended");
        AssertRefused([.. sound[..10]], "too short");
    }

    [TestCase(-22 + 8, 9, "contradicts itself")]
    [TestCase(-22 + 10, 9, "contradicts itself")]
    [TestCase(-22 + 4, 1, "contradicts itself")]
    [TestCase(-22 + 12, 1, "contradicts itself")]
    [TestCase(-22 + 16, 1, "contradicts itself")]
    [TestCase(-42 + 8, 1, "64-bit zip end record")]
    [TestCase(-42 + 4, 1, "64-bit zip end record")]
    [TestCase(-98 + 4, 45, "64-bit zip end record")]
    [TestCase(-98 + 32, 9, "64-bit zip end record")]
    [TestCase(-98, 0, "64-bit zip end record")]
    public void End_records_that_contradict_each_other_are_refused(int position, byte value, string fault)
    {
        byte[] bytes = ZipBytes.Build(Records());
        bytes[bytes.Length + position] = value;

        AssertRefused(bytes, fault);
    }

    [Test]
    public void A_directory_that_claims_very_many_records_is_refused_before_it_is_read()
    {
        byte[] bytes = ZipBytes.Build(Records());
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(bytes.Length - 14), ushort.MaxValue);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(bytes.Length - 12), ushort.MaxValue);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(bytes.Length - 98 + 24), 1L << 40);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(bytes.Length - 98 + 32), 1L << 40);

        AssertRefused(bytes, "more than any checkpoint");
    }

    [Test]
    public void The_checksum_is_the_one_that_zip_archives_use() => Assert.That(Crc32.Append(0, "123456789"u8), Is.EqualTo(0xCBF43926));

    private static ZipRecord[] Records() => TorchBytes.Records(Pickle, ("0", TorchBytes.Ascending(4)));

    private void AssertRefused(byte[] bytes, string fault) =>
        Assert.That(ReadingLimits.TryRead(folder.Write("model.pt", bytes))?.Message, Does.Contain(fault));
}
