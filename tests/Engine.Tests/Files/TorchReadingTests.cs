using System.Buffers.Binary;
using System.IO.Compression;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

[TestFixture]
internal sealed class TorchReadingTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [TestCase(new long[] { 2, 3 }, new long[] { 3, 1 }, 0, new float[] { 0, 1, 2, 3, 4, 5 }, TestName = "row-major")]
    [TestCase(new long[] { 3, 2 }, new long[] { 1, 3 }, 0, new float[] { 0, 3, 1, 4, 2, 5 }, TestName = "transposed")]
    [TestCase(new long[] { 2, 2 }, new long[] { 4, 2 }, 1, new float[] { 1, 3, 5, 7 }, TestName = "sliced with an offset")]
    [TestCase(new long[] { 2, 2, 2, 3 }, new long[] { 12, 1, 6, 2 }, 0, new float[] { 0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11, 12, 14, 16, 18, 20, 22, 13, 15, 17, 19, 21, 23 }, TestName = "channels last")]
    [TestCase(new long[] { 1, 3 }, new long[] { 0, 1 }, 2, new float[] { 2, 3, 4 }, TestName = "a stride of a single step means nothing")]
    [TestCase(new long[] { }, new long[] { }, 7, new float[] { 7 }, TestName = "scalar")]
    [TestCase(new long[] { 0, 4 }, new long[] { 4, 1 }, 3, new float[] { }, TestName = "empty")]
    public void Elements_are_gathered_from_the_storage_by_their_strides(long[] size, long[] stride, int offset, float[] expected)
    {
        PickleBytes pickle = new PickleBytes().Proto()
            .Dictionary(("x", value => value.Tensor("0", 24, offset, size, stride))).Stop();
        using var file = Open(TorchBytes.Zip(pickle, ("0", TorchBytes.Ascending(24))));

        Assert.That(file.Find("x").Shape.Select(dimension => (long)dimension), Is.EqualTo(size));
        Assert.That(file.ReadSingle(file.Find("x")), Is.EqualTo(expected));
    }

    [Test]
    public void A_large_transposed_tensor_is_gathered_through_a_small_window()
    {
        const int rows = 700;
        const int columns = 300;
        PickleBytes pickle = new PickleBytes().Proto()
            .Dictionary(("x", value => value.Tensor("0", rows * columns, 0, [columns, rows], [1, columns]))).Stop();
        using var file = Open(TorchBytes.Zip(pickle, ("0", TorchBytes.Ascending(rows * columns))));
        float[] elements = new float[rows * columns];
        file.ReadSingle(file.Find("x"), elements);

        long before = GC.GetAllocatedBytesForCurrentThread();
        file.ReadSingle(file.Find("x"), elements);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(elements, Is.EqualTo(Enumerable.Range(0, rows * columns).Select(index => (float)((index % rows * columns) + (index / rows)))));
        Assert.That(allocated, Is.LessThan(1 << 20));
    }

    [Test]
    public void Tensors_may_share_a_storage()
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(
            ("whole", value => value.Vector("0", 4)), ("part", value => value.Tensor("0", 4, 2, [2], [1]))).Stop();
        using var file = Open(TorchBytes.Zip(pickle, ("0", TorchBytes.Ascending(4))));

        Assert.That(file.ReadSingle(file.Find("whole")), Is.EqualTo([0f, 1, 2, 3]));
        Assert.That(file.ReadSingle(file.Find("part")), Is.EqualTo([2f, 3]));
    }

    [Test]
    public void Big_endian_storages_are_turned_round()
    {
        byte[] data = new byte[12];
        BinaryPrimitives.WriteSingleBigEndian(data, 1.5f);
        BinaryPrimitives.WriteSingleBigEndian(data.AsSpan(4), -2);
        BinaryPrimitives.WriteSingleBigEndian(data.AsSpan(8), 3);
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(
            ("x", value => value.Vector("0", 3)), ("strided", value => value.Tensor("0", 3, 0, [2], [2]))).Stop();
        ZipRecord[] records = [.. TorchBytes.Records(pickle, ("0", data)), new ZipRecord("model/byteorder", [.. "big"u8])];
        using var file = Open(ZipBytes.Build(records));
        byte[] bytes = new byte[8];
        file.ReadBytes(file.Find("strided"), bytes);

        Assert.That(file.ReadSingle(file.Find("x")), Is.EqualTo([1.5f, -2, 3]));
        Assert.That(bytes, Is.EqualTo(TorchBytes.Floats(1.5f, 3)));
    }

    [Test]
    public void Untyped_storages_take_their_type_from_the_tensor()
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(("x", value => value.Call("torch._utils", "_rebuild_tensor_v3", arguments =>
            arguments.Op("(").Text("storage").Global("torch.storage", "UntypedStorage").Text("0").Text("cpu").Long(8).Op("tQ")
                .Long(1).Numbers(3).Numbers(1).Raw(0x89).OrderedDictionary().Global("torch", "uint16")))).Stop();
        using var file = Open(TorchBytes.Zip(pickle, ("0", [1, 0, 2, 0, 3, 0, 0xFF, 0xFF])));

        Assert.That(file.Find("x").Type, Is.EqualTo(ElementType.U16));
        Assert.That(file.ReadSingle(file.Find("x")), Is.EqualTo([2f, 3, 65535]));
    }

    [Test]
    public void Parameters_and_tensors_of_subclasses_are_the_tensors_inside()
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(
            ("p", value => value.Call("torch._utils", "_rebuild_parameter", arguments => arguments.Vector("0", 2).Raw(0x88).OrderedDictionary())),
            ("s", value => value.Call("torch._tensor", "_rebuild_from_type_v2", arguments => arguments
                .Global("torch._utils", "_rebuild_tensor").Global("torch", "Tensor")
                .Op("(").Storage("0", 2).Int(0).Numbers(2).Numbers(1).Op("t").Dictionary()))).Stop();
        using var file = Open(TorchBytes.Zip(pickle, ("0", TorchBytes.Floats(4, 5))));

        Assert.That(file.ReadSingle(file.Find("p")), Is.EqualTo([4f, 5]));
        Assert.That(file.ReadSingle(file.Find("s")), Is.EqualTo([4f, 5]));
    }

    [Test]
    public void A_state_dict_with_attributes_keeps_its_tensors()
    {
        // Modules attach their versions to the dictionary that state_dict() returns.
        PickleBytes pickle = new PickleBytes().Proto().OrderedDictionary().Op("(").Text("w").Vector("0", 1).Op("u")
            .Dictionary(("_metadata", value => value.OrderedDictionary())).Op("b").Stop();
        using var file = Open(TorchBytes.Zip(pickle, ("0", TorchBytes.Floats(3))));

        Assert.That(file.ReadSingle(file.Find("w")), Is.EqualTo([3f]));
    }

    [Test]
    public void Values_recalled_from_the_memo_are_the_stored_ones()
    {
        PickleBytes pickle = new PickleBytes().Proto()
            .Op("}(").Text("a").Vector("0", 1).Op("q").Raw(5).Op("p6\n").Op("r").Raw(7, 1, 0, 0)
            .Text("b").Op("h").Raw(5).Text("c").Op("g6\n").Text("d").Op("j").Raw(7, 1, 0, 0).Op("u").Stop();
        using var file = Open(TorchBytes.Zip(pickle, ("0", TorchBytes.Floats(3))));

        Assert.That(file.StateDict.Keys, Is.EqualTo(["a", "b", "c", "d"]));
        Assert.That(file.StateDict.Values.Select(tensor => file.ReadSingle(tensor)[0]), Is.All.EqualTo(3f));
    }

    [Test]
    public void A_checkpoint_of_pickle_protocol_4_is_read()
    {
        static PickleBytes ShortText(PickleBytes pickle, string text) => pickle.Raw(0x8C, (byte)text.Length).Op(text).Raw(0x94);

        PickleBytes body = new PickleBytes().Op("}").Raw(0x94);
        ShortText(body, "w");
        ShortText(ShortText(body, "torch._utils"), "_rebuild_tensor_v2").Raw(0x93, 0x94).Op("((");
        ShortText(body, "storage");
        ShortText(ShortText(body, "torch"), "FloatStorage").Raw(0x93, 0x94);
        ShortText(ShortText(body, "0"), "cpu").Op("K").Raw(2).Op("tQK").Raw(0).Op("K").Raw(2, 0x85).Op("K").Raw(1, 0x85, 0x89);
        ShortText(ShortText(body, "collections"), "OrderedDict").Raw(0x93, 0x94).Op(")RtR").Raw(0x94).Op("s.");
        byte[] bytes = body.ToArray();
        PickleBytes pickle = new PickleBytes().Proto(4).Raw(0x95, (byte)bytes.Length, (byte)(bytes.Length >> 8), 0, 0, 0, 0, 0, 0).Raw(bytes);
        using var file = Open(TorchBytes.Zip(pickle, ("0", TorchBytes.Floats(8, 9))));

        Assert.That(file.ReadSingle(file.Find("w")), Is.EqualTo([8f, 9]));
    }

    [Test]
    public void Protocol_0_is_read_in_all_its_notations()
    {
        PickleBytes pickle = new PickleBytes().Op("(dp0\nS'epoch'\nI12\nsV\\u00e9\\u0041\nF-1.5\nsS\"it\\'s\"\nI01\nsS'big'\nL123L\ns")
            .Op("S'list'\n(lI1\naI2\nas").Op("S'w'\n").Vector("0", 1).Op("s.");
        using var file = Open(TorchBytes.Zip(pickle, ("0", TorchBytes.Floats(3))));

        Assert.That(file.StateDict.Keys, Is.EqualTo(["w"]));
        Assert.That(file.Metadata, Is.EquivalentTo(new Dictionary<string, string>
        {
            ["epoch"] = "12",
            ["éA"] = "-1.5",
            ["it's"] = "True",
            ["big"] = "123",
        }));
    }

    [Test]
    public void An_archive_from_another_zip_writer_is_read()
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(("w", value => value.Vector("0", 2))).Stop();
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (ZipRecord record in TorchBytes.Records(pickle, ("0", TorchBytes.Floats(1, 2))))
            {
                using Stream entry = archive.CreateEntry(record.Name, CompressionLevel.NoCompression).Open();
                entry.Write(record.Data);
            }
        }

        using var file = Open(stream.ToArray());

        Assert.That(file.ReadSingle(file.Find("w")), Is.EqualTo([1f, 2]));
    }

    [TestCase((ushort)0x0808)]
    [TestCase((ushort)0)]
    public void Records_with_64_bit_sizes_are_read(ushort flags)
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(("w", value => value.Vector("0", 2))).Stop();
        ZipRecord[] records = [.. TorchBytes.Records(pickle, ("0", TorchBytes.Floats(1, 2)))
            .Select(record => record with { IsWide = true, Flags = flags })];
        using var file = Open(ZipBytes.Build(records));

        Assert.That(file.ReadSingle(file.Find("w")), Is.EqualTo([1f, 2]));
    }

    [Test]
    public void A_legacy_stream_is_read_with_views_in_the_order_of_its_storage_list()
    {
        PickleBytes pickle = new PickleBytes().Proto().Dictionary(
            ("a", value => value.Vector("17", 2, "DoubleStorage", view => view.Op("N"))),
            ("b", value => value.Tensor("9", 6, 1, [2], [1], view: view => view.Op("(").Text("v").Long(3).Long(3).Op("t")))).Stop();
        byte[] doubles = new byte[16];
        BinaryPrimitives.WriteDoubleLittleEndian(doubles, 0.5);
        BinaryPrimitives.WriteDoubleLittleEndian(doubles.AsSpan(8), -4);
        using var file = Open(TorchBytes.Legacy(pickle, ("9", 6, TorchBytes.Ascending(6)), ("17", 2, doubles)));

        Assert.That(file.Format, Is.EqualTo(WeightFileFormat.TorchLegacy));
        Assert.That(file.ReadSingle(file.Find("a")), Is.EqualTo([0.5f, -4]));
        Assert.That(file.ReadSingle(file.Find("b")), Is.EqualTo([4f, 5]));
    }

    [Test]
    public void A_single_tensor_and_a_list_of_tensors_have_names()
    {
        using var single = Open(TorchBytes.Zip(new PickleBytes().Proto().Vector("0", 1).Stop(), ("0", TorchBytes.Floats(1))));
        Assert.That(single.StateDict.Keys, Is.EqualTo(["tensor"]));

        using var list = Open(TorchBytes.Zip(
            new PickleBytes().Proto().Op("](").Vector("0", 1).Int(3).Vector("0", 1).Op("e").Stop(), ("0", TorchBytes.Floats(1))));
        Assert.That(list.StateDict.Keys, Is.EqualTo(["0", "2"]));
    }

    private WeightFile Open(byte[] bytes) => WeightFile.Open(folder.Write(Guid.NewGuid().ToString(), bytes));
}
