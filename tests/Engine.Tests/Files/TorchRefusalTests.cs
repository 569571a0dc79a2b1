using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>Torch files whose tensors, storages or archive do not fit together.</summary>
[TestFixture]
internal sealed class TorchRefusalTests
{
    private const long Maximum = long.MaxValue;

    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [TestCase(new long[] { 5 }, new long[] { 1 }, 0, "reaches beyond the end of storage \"0\"")]
    [TestCase(new long[] { 4 }, new long[] { 1 }, 1, "reaches beyond")]
    [TestCase(new long[] { 2 }, new long[] { 4 }, 0, "reaches beyond")]
    [TestCase(new long[] { 2 }, new long[] { Maximum }, 0, "reaches beyond")]
    [TestCase(new long[] { 2, 2, 2 }, new long[] { Maximum, Maximum, 1 }, 0, "reaches beyond")]
    [TestCase(new long[] { 1 }, new long[] { 1 }, Maximum, "reaches beyond")]
    [TestCase(new long[] { 0 }, new long[] { 1 }, 5, "reaches beyond")]
    [TestCase(new long[] { 1 }, new long[] { 1 }, -1, "impossible offset, size or stride")]
    [TestCase(new long[] { -1 }, new long[] { 1 }, 0, "impossible offset, size or stride")]
    [TestCase(new long[] { 1 }, new long[] { -1 }, 0, "impossible offset, size or stride")]
    [TestCase(new long[] { 1 }, new long[] { }, 0, "impossible offset, size or stride")]
    [TestCase(new long[] { 1000000 }, new long[] { 0 }, 0, "overlapping elements")]
    [TestCase(new long[] { 2, 3 }, new long[] { 1, 1 }, 0, "overlapping elements")]
    [TestCase(new long[] { 2147483648 }, new long[] { 0 }, 0, "more than 2^31-1 elements")]
    [TestCase(new long[] { 65536, 65536 }, new long[] { 0, 0 }, 0, "more than 2^31-1 elements")]
    public void A_tensor_outside_its_storage_is_refused(long[] size, long[] stride, long offset, string fault) => AssertRefused(
        TorchBytes.Zip(Dictionary(value => value.Tensor("0", 4, offset, size, stride)), ("0", TorchBytes.Ascending(4))), fault);

    [Test]
    public void A_tensor_of_too_many_dimensions_is_refused()
    {
        long[] ones = [.. Enumerable.Repeat(1L, 65)];

        AssertRefused(
            TorchBytes.Zip(Dictionary(value => value.Tensor("0", 4, 0, ones, ones)), ("0", TorchBytes.Ascending(4))), "more than 64 dimensions");
    }

    [TestCase(4, 12, "described as 16 bytes, but its record holds 12")]
    [TestCase(3, 16, "described as 12 bytes, but its record holds 16")]
    [TestCase(-1, 16, "more elements than the file has room for")]
    [TestCase(Maximum, 16, "more elements than the file has room for")]
    public void A_storage_of_another_size_than_described_is_refused(long count, int bytes, string fault) => AssertRefused(
        TorchBytes.Zip(Dictionary(value => value.Tensor("0", count, 0, [1], [1])), ("0", new byte[bytes])), fault);

    [Test]
    public void A_missing_storage_is_refused() => AssertRefused(
        TorchBytes.Zip(Dictionary(value => value.Vector("../../0", 4)), ("0", TorchBytes.Ascending(4))), "storage \"../../0\" is missing");

    [TestCase("ComplexFloatStorage")]
    [TestCase("QInt8Storage")]
    [TestCase("float")]
    public void A_storage_of_an_unsupported_type_is_refused_by_name(string type) => AssertRefused(
        TorchBytes.Zip(Dictionary(value => value.Vector("0", 4, type)), ("0", TorchBytes.Ascending(4))), $"torch.{type}, whose element type");

    [Test]
    public void Tensors_that_share_a_storage_very_often_are_refused()
    {
        var pickle = new PickleBytes().Proto().Op("](").Vector("0", 1 << 18).Op("q").Raw(0);
        for (int index = 0; index < 100; index++)
            pickle.Op("h").Raw(0);
        pickle.Op("e").Stop();

        AssertRefused(TorchBytes.Zip(pickle, ("0", new byte[4 << 18])), "16 times the size of the file");
    }

    [Test]
    public void Metadata_that_would_change_the_values_is_refused() => AssertRefused(
        TorchBytes.Zip(
            Dictionary(value => value.Call("torch._utils", "_rebuild_tensor_v2", arguments => arguments
                .Storage("0", 4).Int(0).Numbers(4).Numbers(1).Raw(0x89).OrderedDictionary().Dictionary(("neg", flag => flag.Raw(0x88))))),
            ("0", TorchBytes.Ascending(4))),
        "metadata");

    [Test]
    public void A_checkpoint_without_tensors_has_none()
    {
        using var file = WeightFile.Open(folder.Write("x", TorchBytes.Zip(new PickleBytes().Proto().Dictionary().Stop())));

        Assert.That(file.Tensors, Is.Empty);
    }

    [TestCase("medium")]
    [TestCase("")]
    [TestCase("a byte order that is too long to be one")]
    public void An_unknown_byte_order_is_refused(string order) => AssertRefused(
        ZipBytes.Build([.. Sample(), new ZipRecord("model/byteorder", System.Text.Encoding.ASCII.GetBytes(order))]), "neither little nor big");

    [Test]
    public void A_TorchScript_program_is_refused_as_such() =>
        AssertRefused(ZipBytes.Build([.. Sample(), new ZipRecord("model/constants.pkl", [])]), "TorchScript");

    [Test]
    public void Another_zip_archive_is_refused_as_such()
    {
        AssertRefused(ZipBytes.Build(new ZipRecord("model/weights.bin", [1])), "not one that torch.save wrote");
        AssertRefused(ZipBytes.Build(new ZipRecord("data.pkl", [1])), "not one that torch.save wrote");
        AssertRefused(ZipBytes.Build(new ZipRecord("x.npy", [1])), ".npz");
        AssertRefused(ZipBytes.Build([], comment: [], isWide: false), "not one that torch.save wrote");
        AssertRefused(ZipBytes.Build([.. Sample(), new ZipRecord("other/data.pkl", [1])]), "two checkpoints");
    }

    [TestCase(-8, "which is not what its tensors describe")]
    [TestCase(3, "which is not what its tensors describe")]
    [TestCase(5, "which is not what its tensors describe")]
    public void A_legacy_storage_of_another_count_is_refused(long count, string fault) => AssertRefused(
        TorchBytes.Legacy(Dictionary(value => value.Vector("0", 4, view: view => view.Op("N"))), ("0", count, TorchBytes.Ascending(4))), fault);

    [Test]
    public void A_legacy_stream_whose_parts_do_not_fit_together_is_refused()
    {
        PickleBytes pickle = Dictionary(value => value.Vector("0", 4, view: view => view.Op("N")));
        byte[] sound = TorchBytes.Legacy(pickle, ("0", 4, TorchBytes.Ascending(4)));
        byte[] data = TorchBytes.Ascending(4);

        AssertRefused([.. sound, 0], "1 bytes follow its last storage");
        AssertRefused(sound[..^1], "ends within the elements");
        AssertRefused(sound[..^20], "ends before the elements");
        AssertRefused(sound[..60], "ends in the middle");
        AssertRefused(TorchBytes.Legacy(pickle), "elements of tensor \"x\" are missing");
        AssertRefused(TorchBytes.Legacy(pickle, ("0", 4, data), ("0", 4, data)), "\"0\" twice");
        AssertRefused(TorchBytes.Legacy(pickle, ("0", 4, data), ("1", 4, data)), "names one that no tensor describes");
    }

    [TestCase(3, 2)]
    [TestCase(-1, 2)]
    [TestCase(0, 5)]
    [TestCase(1, -1)]
    [TestCase(1, Maximum)]
    public void A_legacy_view_outside_its_storage_is_refused(long first, long length) => AssertRefused(
        TorchBytes.Legacy(
            Dictionary(value => value.Tensor("0", 4, 0, [1], [1], view: view => view.Op("(").Text("v").Long(first).Long(length).Op("t"))),
            ("0", 4, TorchBytes.Ascending(4))),
        "does not lie inside it");

    [Test]
    public void A_legacy_storage_that_is_described_twice_differently_is_refused()
    {
        PickleBytes sizes = new PickleBytes().Proto().Op("](").Vector("0", 4).Vector("0", 3).Op("e").Stop();
        PickleBytes types = new PickleBytes().Proto().Op("](").Vector("0", 4).Vector("0", 8, "HalfStorage").Op("e").Stop();

        AssertRefused(TorchBytes.Legacy(sizes, ("0", 4, TorchBytes.Ascending(4))), "with different sizes");
        AssertRefused(TorchBytes.Legacy(types, ("0", 4, TorchBytes.Ascending(4))), "with different element types");
    }

    private static PickleBytes Dictionary(Action<PickleBytes> value) => new PickleBytes().Proto().Dictionary(("x", value)).Stop();

    private static ZipRecord[] Sample() => TorchBytes.Records(Dictionary(value => value.Vector("0", 4)), ("0", TorchBytes.Ascending(4)));

    private void AssertRefused(byte[] bytes, string fault) =>
        Assert.That(ReadingLimits.TryRead(folder.Write("model.pt", bytes))?.Message, Does.Contain(fault));
}
