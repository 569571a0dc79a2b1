using System.Buffers.Binary;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

[TestFixture]
internal sealed class SafeTensorsReadingTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Open_lists_tensors_in_the_order_of_their_elements_with_types_and_shapes()
    {
        string path = Write(
            """{"__metadata__":{"kind":"test"},"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]},"a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]}} """,
            new byte[16]);

        using var file = WeightFile.Open(path);

        Assert.That(file.Format, Is.EqualTo(WeightFileFormat.SafeTensors));
        Assert.That(file.Metadata, Is.EqualTo(new Dictionary<string, string> { ["kind"] = "test" }));
        Assert.That(file.Tensors.Select(tensor => tensor.Name), Is.EqualTo(["a", "b"]));
        Assert.That(file.Find("a").Type, Is.EqualTo(ElementType.F16));
        Assert.That(file.Find("a").Shape, Is.EqualTo([2, 2]));
        Assert.That(file.Find("b").Shape, Is.Empty);
        Assert.That(file.Find("b").ElementCount, Is.EqualTo(1));
        Assert.That(file.Find("b").ByteSize, Is.EqualTo(8));
    }

    [TestCase("BOOL", new byte[] { 0, 1, 2 }, new float[] { 0, 1, 1 })]
    [TestCase("U8", new byte[] { 0, 255 }, new float[] { 0, 255 })]
    [TestCase("I8", new byte[] { 0x80, 0x7F }, new float[] { -128, 127 })]
    [TestCase("U16", new byte[] { 0x34, 0x12, 0xFF, 0xFF }, new float[] { 0x1234, 65535 })]
    [TestCase("I16", new byte[] { 0x34, 0x12, 0xFF, 0xFF }, new float[] { 0x1234, -1 })]
    [TestCase("U32", new byte[] { 0, 0, 0, 0x80 }, new float[] { 2147483648f })]
    [TestCase("I32", new byte[] { 0, 0, 0, 0x80 }, new float[] { -2147483648f })]
    [TestCase("U64", new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x80 }, new float[] { 9223372036854775808f })]
    [TestCase("I64", new byte[] { 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, new float[] { -2 })]
    [TestCase("F8_E4M3", new byte[] { 0x38, 0x01, 0x08, 0x7E, 0xFF }, new float[] { 1, 0.001953125f, 0.015625f, 448, float.NaN })]
    [TestCase("F8_E5M2", new byte[] { 0x3C, 0x01, 0x7B, 0xFC }, new float[] { 1, 1.52587890625e-5f, 57344, float.NegativeInfinity })]
    [TestCase("F16", new byte[] { 0x00, 0x3C, 0x01, 0x00, 0x00, 0x7C }, new float[] { 1, 5.9604644775390625e-8f, float.PositiveInfinity })]
    [TestCase("BF16", new byte[] { 0x80, 0x3F, 0xC0, 0x7F }, new float[] { 1, float.NaN })]
    [TestCase("F32", new byte[] { 0, 0, 0xC0, 0xFF, 0, 0, 0x20, 0x40 }, new float[] { float.NaN, 2.5f })]
    [TestCase("F64", new byte[] { 0, 0, 0, 0, 0, 0, 0x04, 0xC0, 0, 0, 0, 0, 0, 0, 0xF0, 0x7E }, new float[] { -2.5f, float.PositiveInfinity })]
    public void ReadSingle_converts_every_element_type(string type, byte[] data, float[] expected)
    {
        string path = Write(
            $$$"""{"x":{"dtype":"{{{type}}}","shape":[{{{expected.Length}}}],"data_offsets":[0,{{{data.Length}}}]}}""", data);

        using var file = WeightFile.Open(path);

        Assert.That(file.ReadSingle(file.Find("x")), Is.EqualTo(expected));
    }

    [Test]
    public void ReadInt64_keeps_numbers_that_float32_cannot_hold()
    {
        byte[] data = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(data, long.MaxValue);
        BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(8), -16777217);
        using var file = WeightFile.Open(Write("""{"x":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}""", data));
        long[] numbers = new long[2];

        file.ReadInt64(file.Find("x"), numbers);

        Assert.That(numbers, Is.EqualTo([long.MaxValue, -16777217]));
    }

    [Test]
    public void ReadInt64_refuses_floating_point_and_numbers_beyond_its_range()
    {
        byte[] data = new byte[12];
        data.AsSpan().Fill(0xFF);
        using var file = WeightFile.Open(Write(
            """{"u":{"dtype":"U64","shape":[1],"data_offsets":[0,8]},"f":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", data));

        Assert.That(() => file.ReadInt64(file.Find("u"), new long[1]), Throws.TypeOf<WeightFileException>().With.Message.Contains("2^63-1"));
        Assert.That(() => file.ReadInt64(file.Find("f"), new long[1]), Throws.TypeOf<WeightFileException>().With.Message.Contains("F32"));
    }

    [Test]
    public void ReadBytes_returns_elements_as_they_are_stored()
    {
        using var file = WeightFile.Open(Write("""{"x":{"dtype":"U16","shape":[2],"data_offsets":[0,4]}}""", 1, 2, 3, 4));
        byte[] bytes = new byte[4];

        file.ReadBytes(file.Find("x"), bytes);

        Assert.That(bytes, Is.EqualTo(new byte[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void ReadSingle_needs_room_for_exactly_all_elements_of_its_own_tensor()
    {
        string path = Write("""{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 1, 2);
        using var file = WeightFile.Open(path);
        using var other = WeightFile.Open(path);

        Assert.That(() => file.ReadSingle(file.Find("x"), new float[3]), Throws.ArgumentException);
        Assert.That(() => file.ReadSingle(other.Find("x"), new float[2]), Throws.ArgumentException);
    }

    [Test]
    public void Empty_tensors_and_a_file_without_tensors_are_legal()
    {
        using var empty = WeightFile.Open(Write("{}"));
        using var file = WeightFile.Open(Write(
            """{"x":{"dtype":"F32","shape":[0,2147483647,2147483647],"data_offsets":[0,0]},"y":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"z":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}""",
            7));

        Assert.That(empty.Tensors, Is.Empty);
        Assert.That(file.ReadSingle(file.Find("x")), Is.Empty);
        Assert.That(file.ReadSingle(file.Find("y")), Is.EqualTo([7f]));
    }

    [Test]
    public void Find_names_the_missing_tensor_and_the_file()
    {
        string path = Write("{}");
        using var file = WeightFile.Open(path);

        Assert.That(() => file.Find("out.2.bias"), Throws.TypeOf<WeightFileException>()
            .With.Message.Contains("out.2.bias").And.Message.Contains(path));
    }

    [Test]
    public void Opening_allocates_nothing_for_elements()
    {
        string path = folder.PathOf("large.safetensors");
        byte[] head = SafeTensorsBytes.Build("""{"x":{"dtype":"F32","shape":[16777216],"data_offsets":[0,67108864]}}""");
        using (FileStream stream = File.Create(path))
        {
            stream.Write(head);
            stream.SetLength(head.Length + 67108864);
        }

        WeightFile.Open(path).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        WeightFile.Open(path).Dispose();

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(64 << 10));
    }

    private string Write(string header, params byte[] data) => folder.Write("file.safetensors", SafeTensorsBytes.Build(header, data));
}
