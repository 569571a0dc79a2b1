using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

[TestFixture]
internal sealed class SafeTensorsRefusalTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "twice")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"\u0078":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}""", "twice")]
    [TestCase("""{"x":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "repeated key")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"note":1}}""", "unknown or repeated key \"note\"")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4]}}""", "lacks")]
    [TestCase("""{"x":{"shape":[4],"data_offsets":[0,4]}}""", "lacks")]
    [TestCase("""{"x":{"dtype":"U8","data_offsets":[0,4]}}""", "lacks")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0]}}""", "lacks")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4,4]}}""", "more than 2 numbers")]
    [TestCase("""{"x":[]}""", "not an object")]
    [TestCase("""{"x":4}""", "not an object")]
    [TestCase("""{"x":{"dtype":"C64","shape":[4],"data_offsets":[0,4]}}""", "element type \"C64\"")]
    [TestCase("""{"x":{"dtype":8,"shape":[4],"data_offsets":[0,4]}}""", "not described by a string")]
    [TestCase("""{"x":{"dtype":"U8","shape":4,"data_offsets":[0,4]}}""", "not described by an array")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4.5],"data_offsets":[0,4]}}""", "whole numbers")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4e0],"data_offsets":[0,4]}}""", "whole numbers")]
    [TestCase("""{"x":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}""", "whole numbers")]
    [TestCase("""{"x":{"dtype":"U8","shape":["4"],"data_offsets":[0,4]}}""", "whole numbers")]
    [TestCase("""{"x":{"dtype":"U8","shape":[[4]],"data_offsets":[0,4]}}""", "whole numbers")]
    [TestCase("""{"x":{"dtype":"U8","shape":[18446744073709551620],"data_offsets":[0,4]}}""", "whole numbers")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4294967296,4294967297],"data_offsets":[0,4]}}""", "2^31-1")]
    [TestCase("""{"x":{"dtype":"U8","shape":[2147483648],"data_offsets":[0,2147483648]}}""", "2^31-1")]
    [TestCase("""{"x":{"dtype":"U8","shape":[65536,65536],"data_offsets":[0,4]}}""", "2^31-1")]
    [TestCase("""{"x":{"dtype":"F64","shape":[2147483647],"data_offsets":[0,4]}}""", "do not fit its shape")]
    [TestCase("""{"x":{"dtype":"F32","shape":[4],"data_offsets":[0,4]}}""", "do not fit its shape")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", "do not fit its shape")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[9223372036854775807,4]}}""", "do not fit its shape")]
    [TestCase("""{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"y":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "overlaps")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "overlaps")]
    [TestCase("""{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "hole")]
    [TestCase("""{"x":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}""", "hole")]
    [TestCase("""{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", "take 3 bytes, but 4 follow")]
    [TestCase("""{"x":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}""", "take 5 bytes, but 4 follow")]
    [TestCase("{}", "take 0 bytes, but 4 follow")]
    [TestCase("""{"__metadata__":{"a":1},"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "strings")]
    [TestCase("""{"__metadata__":{"a":{}},"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "strings")]
    [TestCase("""{"__metadata__":[],"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "not an object")]
    [TestCase("""{"__metadata__":{"a":"1","a":"2"},"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "twice")]
    [TestCase("""{"__metadata__":{},"__metadata__":{},"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "twice")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}{}""", "not valid JSON")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}} x""", "not valid JSON")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},}""", "not valid JSON")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}/**/}""", "not valid JSON")]
    [TestCase("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]""", "not valid JSON")]
    [TestCase("""{"\ud800":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "surrogate")]
    public void Open_refuses_a_header_that_breaks_a_rule(string header, string fault) =>
        AssertRefused(SafeTensorsBytes.Build(header, 1, 2, 3, 4), fault);

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(8)]
    public void Open_refuses_a_file_too_short_for_a_header(int length) => AssertRefused(new byte[length], "no weight file");

    [Test]
    public void Open_refuses_a_header_that_does_not_start_with_a_brace() =>
        AssertRefused(SafeTensorsBytes.Build(""" {"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1), "no weight file");

    [Test]
    public void Open_refuses_a_header_beyond_the_end_of_the_file()
    {
        byte[] bytes = SafeTensorsBytes.Build("{}");
        BinaryPrimitives.WriteInt64LittleEndian(bytes, 3);

        AssertRefused(bytes, "claims 3 bytes, but only 2 follow");
    }

    [TestCase(100_000_001UL)]
    [TestCase(ulong.MaxValue)]
    public void Open_refuses_a_header_beyond_the_limit(ulong length)
    {
        byte[] bytes = SafeTensorsBytes.Build("{}");
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);

        AssertRefused(bytes, string.Create(CultureInfo.InvariantCulture, $"claims {length} bytes; the format allows"));
    }

    [Test]
    public void Open_refuses_a_header_that_is_not_utf8() =>
        AssertRefused(SafeTensorsBytes.Build([.. "{\""u8, 0xC0, 0x80, .. "\":1}"u8]), "UTF-8");

    [Test]
    public void Open_refuses_more_dimensions_than_a_tensor_may_have() =>
        AssertRefused(
            SafeTensorsBytes.Build($$$"""{"x":{"dtype":"U8","shape":[{{{string.Join(',', Enumerable.Repeat(1, 65))}}}],"data_offsets":[0,1]}}""", 1),
            "more than 64 numbers");

    [Test]
    public void Open_refuses_a_header_that_describes_very_much_before_it_fills_the_memory()
    {
        var header = new StringBuilder("{");
        for (int index = 0; index < 400_000; index++)
            header.Append(CultureInfo.InvariantCulture, $"\"{index}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}},");
        header[^1] = '}';
        string path = folder.Write("wide.safetensors", SafeTensorsBytes.Build(header.ToString()));
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.That(() => WeightFile.Open(path), Throws.TypeOf<WeightFileException>().With.Message.Contains("64 MiB"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200_000_000));
    }

    [Test]
    public void A_refusal_does_not_pass_control_characters_of_the_file_to_the_terminal()
    {
        string path = folder.Write("x", SafeTensorsBytes.Build("""{"\u001b[2J\u202e":{"dtype":"U8","shape":[1],"data_offsets":[0,2]}}""", 1, 2));

        var exception = Assert.Throws<WeightFileException>(() => WeightFile.Open(path));

        Assert.That(exception.Message, Does.Contain(@"\u001b[2J\u202e"));
        Assert.That(exception.Message.Any(char.IsControl), Is.False);
    }

    [Test]
    public void A_refused_file_is_closed_again()
    {
        string path = folder.Write("x", SafeTensorsBytes.Build("{}", 1));

        Assert.That(() => WeightFile.Open(path), Throws.TypeOf<WeightFileException>());
        Assert.That(() => File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose(), Throws.Nothing);
    }

    private void AssertRefused(byte[] bytes, string fault)
    {
        string path = folder.Write("file.safetensors", bytes);

        Assert.That(
            () => WeightFile.Open(path),
            Throws.TypeOf<WeightFileException>().With.Message.StartsWith(path).And.Message.Contains(fault).And.Message.EndsWith("."));
    }
}
