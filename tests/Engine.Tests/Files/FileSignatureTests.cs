using System.Diagnostics;
using System.Text;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

[TestFixture]
internal sealed class FileSignatureTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [TestCase("\u0093NUMPY\u0001\0v\0{'descr'", ".npy")]
    [TestCase("version https://git-lfs.github.com/spec/v1\n", "git lfs pull")]
    [TestCase("<!DOCTYPE html><title>404</title>", "web page")]
    [TestCase("\u0089PNG\r\n\u001a\n", "PNG")]
    [TestCase("\u001f\u008b\u0008\0", "gzip")]
    [TestCase("\u0089HDF\r\n\u001a\n", "HDF5")]
    [TestCase("plain text that means nothing", "no weight file")]
    public void Open_says_what_a_file_of_another_format_is(string content, string expected)
    {
        string path = folder.Write("model.safetensors", Encoding.Latin1.GetBytes(content));

        Assert.That(() => WeightFile.Open(path), Throws.TypeOf<WeightFileException>().With.Message.Contains(expected));
    }

    [Test]
    public void Open_refuses_what_is_no_file_at_all()
    {
        Assert.That(() => WeightFile.Open(folder.PathOf("none")), Refused("no such file"));
        Assert.That(() => WeightFile.Open(folder.PathOf("none/none")), Refused("no such file"));
        Assert.That(() => WeightFile.Open(folder.Path), Refused("directory"));
        Assert.That(() => WeightFile.Open(folder.Write("empty", [])), Refused("empty"));
        Assert.That(() => WeightFile.Open("a\0b"), Refused("cannot be opened"));
        Assert.That(() => WeightFile.Open(""), Refused("cannot be opened"));
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public void Open_refuses_pipes_and_devices_without_waiting_for_them()
    {
        string pipe = folder.PathOf("pipe");
        using (var process = Process.Start("mkfifo", [pipe]))
            process.WaitForExit();

        Assert.That(() => WeightFile.Open(pipe), Refused("not a regular file"));
        Assert.That(() => WeightFile.Open("/dev/zero"), Refused("not a regular file"));
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public void Open_follows_links()
    {
        string target = folder.Write("target", SafeTensorsBytes.Build("{}"));
        File.CreateSymbolicLink(folder.PathOf("link"), target);

        using var file = WeightFile.Open(folder.PathOf("link"));

        Assert.That(file.Tensors, Is.Empty);
    }

    private static NUnit.Framework.Constraints.ContainsConstraint Refused(string fault) =>
        Throws.TypeOf<WeightFileException>().With.Message.Contains(fault);
}
