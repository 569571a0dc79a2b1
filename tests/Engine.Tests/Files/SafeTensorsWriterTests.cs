using System.Text;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

[TestFixture]
internal sealed class SafeTensorsWriterTests
{
    private static readonly TensorDeclaration Half = new("half", ElementType.F16, [3]);
    private static readonly TensorDeclaration Single = new("single", ElementType.F32, [2, 1]);
    private static readonly TensorDeclaration Count = new("count", ElementType.I64, []);
    private static readonly TensorDeclaration Flag = new("flag", ElementType.Bool, [1]);

    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void A_written_file_reads_back_with_values_and_metadata()
    {
        string path = WriteSample("a", [Half, Single, Count, Flag]);

        using var file = WeightFile.Open(path);

        Assert.That(file.Tensors.Select(tensor => tensor.Name), Is.EqualTo(["count", "single", "half", "flag"]));
        Assert.That(file.ReadSingle(file.Find("half")), Is.EqualTo([1f, -0.5f, float.PositiveInfinity]));
        Assert.That(file.ReadSingle(file.Find("single")), Is.EqualTo([1e-30f, float.NaN]));
        Assert.That(file.ReadSingle(file.Find("count")), Is.EqualTo([42f]));
        Assert.That(file.ReadSingle(file.Find("flag")), Is.EqualTo([1f]));
        Assert.That(file.Metadata, Is.EqualTo(new Dictionary<string, string> { ["config"] = "{\"channels\": 3}", ["é\n"] = "\u0001" }));
    }

    [Test]
    public void The_bytes_do_not_depend_on_the_order_of_declaration_and_elements_are_aligned()
    {
        byte[] first = File.ReadAllBytes(WriteSample("a", [Half, Single, Count, Flag]));
        byte[] second = File.ReadAllBytes(WriteSample("b", [Flag, Count, Half, Single]));

        Assert.That(second, Is.EqualTo(first));
        Assert.That((8 + BitConverter.ToInt64(first)) % 8, Is.Zero);
        Assert.That(Encoding.UTF8.GetString(first, 8, 60), Does.StartWith("""{"__metadata__":{"config":"{\"channels\":"""));
    }

    [TestCase(1.00390625f, 1f)]
    [TestCase(1.01171875f, 1.015625f)]
    [TestCase(3.3895314e38f, 3.3895314e38f)]
    [TestCase(3.4e38f, float.PositiveInfinity)]
    [TestCase(-1e-45f, 0f)]
    [TestCase(float.NaN, float.NaN)]
    public void Bfloat16_elements_are_rounded_to_nearest_even(float value, float expected)
    {
        string path = folder.PathOf("x");
        using (var writer = new SafeTensorsWriter(path, [new TensorDeclaration("x", ElementType.BF16, [1])]))
        {
            writer.Write("x", [value]);
            writer.Commit();
        }

        using var file = WeightFile.Open(path);

        Assert.That(file.ReadSingle(file.Find("x")), Is.EqualTo([expected]));
    }

    [Test]
    public void A_NaN_whose_payload_lies_in_the_dropped_bits_stays_NaN_as_bfloat16()
    {
        byte[] bytes = new byte[2];

        ElementConversion.FromSingle(ElementType.BF16, [BitConverter.UInt32BitsToSingle(0x7F800001)], bytes);

        Assert.That(BitConverter.ToUInt16(bytes), Is.EqualTo(0x7FC0));
    }

    [Test]
    public void Tensors_larger_than_a_chunk_are_written_and_copied_whole()
    {
        float[] elements = [.. Enumerable.Range(0, 300_001).Select(index => MathF.Sin(index))];
        string path = folder.PathOf("x");
        var declaration = new TensorDeclaration("x", ElementType.F64, [elements.Length]);
        using (var writer = new SafeTensorsWriter(path, [declaration]))
        {
            writer.Write("x", elements);
            writer.Commit();
        }

        using (var source = WeightFile.Open(path))
        using (var writer = new SafeTensorsWriter(folder.PathOf("y"), [declaration]))
        {
            writer.Copy("x", source, source.Find("x"));
            writer.Commit();
        }

        using var copy = WeightFile.Open(folder.PathOf("y"));
        Assert.That(copy.ReadSingle(copy.Find("x")), Is.EqualTo(elements));
    }

    [Test]
    public void An_abandoned_write_leaves_the_old_file_and_nothing_else()
    {
        string path = folder.Write("model", [1, 2, 3]);

        using (var writer = new SafeTensorsWriter(path, [Single]))
            writer.Write("single", [1, 2]);

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(folder.FileNames, Is.EqualTo(["model"]));
    }

    [Test]
    public void A_full_disk_leaves_the_old_file_and_nothing_else()
    {
        string path = folder.Write("model", [1, 2, 3]);
        var huge = Enumerable.Range(0, 4096).Select(index => new TensorDeclaration($"{index}", ElementType.F64, [int.MaxValue]));

        Assert.That(
            () => new SafeTensorsWriter(path, huge),
            Throws.TypeOf<IOException>().With.Message.Contains(path).And.Message.Contains("unchanged"));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(folder.FileNames, Is.EqualTo(["model"]));
    }

    [Test]
    public void Commit_refuses_a_file_with_a_tensor_missing()
    {
        using var writer = new SafeTensorsWriter(folder.PathOf("x"), [Single, Half]);
        writer.Write("single", [1, 2]);

        Assert.That(writer.Commit, Throws.InvalidOperationException.With.Message.Contains("half"));
        Assert.That(folder.FileNames, Has.None.EqualTo("x"));
    }

    [Test]
    public void Misuse_is_refused_before_anything_is_created()
    {
        string path = folder.PathOf("x");

        Assert.That(() => new SafeTensorsWriter(path, [Single, Single]), Throws.ArgumentException.With.Message.Contains("twice"));
        Assert.That(() => new SafeTensorsWriter(path, [Single with { Name = "__metadata__" }]), Throws.ArgumentException);
        Assert.That(() => new SafeTensorsWriter(path, [Single with { Name = "\ud800" }]), Throws.ArgumentException);
        Assert.That(() => new SafeTensorsWriter(path, [Single with { Shape = [-1] }]), Throws.ArgumentException);
        Assert.That(() => new SafeTensorsWriter(path, [Single with { Shape = [1 << 16, 1 << 15] }]), Throws.ArgumentException);
        Assert.That(folder.FileNames, Is.Empty);
    }

    [Test]
    public void Write_refuses_undeclared_repeated_and_mismatched_tensors()
    {
        using var writer = new SafeTensorsWriter(folder.PathOf("x"), [Single, Count]);
        writer.Write("single", [1, 2]);

        Assert.That(() => writer.Write("single", [1, 2]), Throws.InvalidOperationException);
        Assert.That(() => writer.Write("other", [1]), Throws.ArgumentException);
        Assert.That(() => writer.Write("count", [1]), Throws.ArgumentException);
        Assert.That(() => writer.WriteInt64("count", [1, 2]), Throws.ArgumentException);
    }

    [Test]
    public void A_folder_that_does_not_exist_is_named_in_the_error()
    {
        string path = Path.Combine(folder.Path, "none", "model.safetensors");

        Assert.That(() => new SafeTensorsWriter(path, []), Throws.TypeOf<IOException>()
            .With.Message.Contains(path).And.Message.Contains("folder does not exist").And.Message.Not.Contains(".tmp"));
        Assert.That(() => AtomicFile.WriteAllBytes(folder.Path, [1]), Throws.TypeOf<IOException>().With.Message.Contains("a folder has this name"));
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public void Writing_through_a_link_replaces_the_file_that_it_leads_to()
    {
        string target = folder.Write("target", [1]);
        string link = folder.PathOf("link");
        File.CreateSymbolicLink(link, target);

        AtomicFile.WriteAllBytes(link, [2, 3]);

        Assert.That(File.ReadAllBytes(target), Is.EqualTo(new byte[] { 2, 3 }));
        Assert.That(new FileInfo(link).LinkTarget, Is.Not.Null);
        Assert.That(folder.FileNames, Is.EqualTo(["link", "target"]));
    }

    private string WriteSample(string name, TensorDeclaration[] declarations)
    {
        string path = folder.PathOf(name);
        var metadata = new Dictionary<string, string> { ["é\n"] = "\u0001", ["config"] = "{\"channels\": 3}" };
        using var writer = new SafeTensorsWriter(path, declarations, metadata);
        writer.Write("half", [1, -0.5f, 1e9f]);
        writer.WriteInt64("count", [42]);
        writer.WriteBytes("flag", [1]);
        writer.Write("single", [1e-30f, float.NaN]);
        writer.Commit();
        return path;
    }
}
