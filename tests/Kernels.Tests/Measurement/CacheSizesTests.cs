using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Kernels.Tests.Measurement;

public sealed class CacheSizesTests
{
    private string folder = null!;

    [SetUp]
    public void CreateFolder() => folder = Directory.CreateTempSubdirectory("kerneldiff-caches-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void The_largest_cache_is_the_last_level()
    {
        Write("index0", "48K\n");
        Write("index2", "2048K\n");
        Write("index3", "32M\n");

        Assert.That(CacheSizes.ReadLastLevel(folder), Is.EqualTo(32L << 20));
    }

    [Test]
    public void Nothing_is_known_where_the_directory_tells_nothing()
    {
        Assert.That(CacheSizes.ReadLastLevel(folder), Is.Null);
        Assert.That(CacheSizes.ReadLastLevel(Path.Combine(folder, "none")), Is.Null);
        Write("index0", "large\n");
        Assert.That(CacheSizes.ReadLastLevel(folder), Is.Null);
    }

    private void Write(string index, string size)
    {
        Directory.CreateDirectory(Path.Combine(folder, index));
        File.WriteAllText(Path.Combine(folder, index, "size"), size);
    }
}
