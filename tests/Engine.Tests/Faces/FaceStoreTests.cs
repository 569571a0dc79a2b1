using KernelDiff.Engine.Data;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Faces;

[TestFixture]
internal sealed class FaceStoreTests
{
    private const int Faces = 5;

    private FaceFolder folder = null!;

    [SetUp]
    public void CreateFolder()
    {
        folder = new FaceFolder();
        for (var i = 0; i < Faces; i++)
        {
            folder.Image($"{i}.jpg", (byte)(40 * i));
            folder.Mask($"{i}.png", (byte)i, (byte)i, (byte)i, (byte)i);
        }

        folder.Attributes("attributes.txt", [.. Enumerable.Range(0, Faces).Select(i => ($"{i}.jpg", i % 2 == 0 ? new[] { "Male" } : []))]);
    }

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Faces_are_brought_to_one_size()
    {
        using var store = Prepare(new FaceStoreOptions { Size = 4 }, [3, 1]);

        Assert.That(store.Count, Is.EqualTo(2));
        Assert.That(store.ImageOf(0).Pixels, Has.Length.EqualTo(48).And.All.InRange(118, 122));
        Assert.That(store.MaskOf(0).Labels, Has.Length.EqualTo(16).And.All.EqualTo(3));
        Assert.That(store.MaskOf(1).Labels, Is.All.EqualTo(1));
        Assert.That(store.Items[1].Name, Is.EqualTo("1.jpg"));
    }

    [Test]
    public void Attributes_are_states()
    {
        using var store = Prepare(new FaceStoreOptions { Size = 4 });
        var states = new byte[FaceAttributes.Count];

        store.ReadAttributes(2, states);

        Assert.That(states[20], Is.EqualTo((byte)AttributeState.Yes));
        Assert.That(states.Count(state => state == (byte)AttributeState.No), Is.EqualTo(39));
    }

    [Test]
    public void Files_that_cannot_be_decoded_are_listed_and_left_out()
    {
        folder.Write("1.jpg", [.. "no picture"u8]);
        folder.Write("3.png", [.. "no mask"u8]);

        using var store = Prepare(new FaceStoreOptions { Size = 4 });

        Assert.That(store.Items.Select(item => item.Name), Is.EqualTo(["0.jpg", "2.jpg", "4.jpg"]));
        Assert.That(store.MaskOf(1).Labels, Is.All.EqualTo(2));
        Assert.That(store.Faults.Select(fault => fault.Name), Is.EqualTo(["1.jpg", "3.jpg"]));
        Assert.That(store.Faults[1].Reason, Does.StartWith("3.png: "));
    }

    [Test]
    public void A_selection_without_a_good_face_is_refused()
    {
        folder.Write("1.jpg", [.. "no picture"u8]);

        Assert.That(() => Prepare(new FaceStoreOptions { Size = 4 }, [1]), Throws.TypeOf<DataFileException>().With.Message.Contains("1.jpg"));
    }

    [TestCase(1L << 30)]
    [TestCase(0)]
    public void The_cache_gives_the_same_faces_in_memory_and_from_the_disk(long memoryLimit)
    {
        folder.Write("1.jpg", [.. "no picture"u8]);
        using var plain = Prepare(new FaceStoreOptions { Size = 4 });
        var options = new FaceStoreOptions { Size = 4, CacheFolder = folder.PathOf("cache"), MemoryLimit = memoryLimit };

        using var made = Prepare(options);
        using var found = Prepare(options);

        Assert.That((made.IsFromCache, found.IsFromCache), Is.EqualTo((false, true)));
        Assert.That(found.Faults, Is.EqualTo(plain.Faults));
        Assert.That(found.Items.Select(item => item.Name), Is.EqualTo(plain.Items.Select(item => item.Name)));
        for (var i = 0; i < plain.Count; i++)
        {
            Assert.That(made.ImageOf(i).Pixels, Is.EqualTo(plain.ImageOf(i).Pixels));
            Assert.That(found.ImageOf(i).Pixels, Is.EqualTo(plain.ImageOf(i).Pixels));
            Assert.That(found.MaskOf(i).Labels, Is.EqualTo(plain.MaskOf(i).Labels));
        }

        Assert.That(Directory.GetFiles(folder.PathOf("cache")), Has.Length.EqualTo(1));
    }

    [Test]
    public void Another_size_selection_or_file_makes_a_cache_of_its_own()
    {
        var options = new FaceStoreOptions { Size = 4, CacheFolder = folder.PathOf("cache") };
        Prepare(options).Dispose();
        using var size = Prepare(options with { Size = 2 });
        using var selection = Prepare(options, [0, 1]);
        folder.Image("0.jpg", 255, 9, 9);
        using var changed = Prepare(options);

        Assert.That((size.IsFromCache, selection.IsFromCache, changed.IsFromCache), Is.EqualTo((false, false, false)));
        Assert.That(changed.ImageOf(0).Pixels, Is.All.GreaterThan(250));
    }

    [Test]
    public void A_damaged_cache_is_made_again()
    {
        var options = new FaceStoreOptions { Size = 4, CacheFolder = folder.PathOf("cache") };
        Prepare(options).Dispose();
        var path = Directory.GetFiles(folder.PathOf("cache")).Single();
        var good = File.ReadAllBytes(path);
        foreach (var bad in (byte[][])[good[..^1], good[..10], [.. good, 0], [.. good[..^20], 9, .. good[^19..]], []])
        {
            File.WriteAllBytes(path, bad);
            using var store = Prepare(options);
            Assert.That(store.IsFromCache, Is.False);
            Assert.That(store.MaskOf(4).Labels, Is.All.EqualTo(4));
        }
    }

    [Test]
    public void What_does_not_fit_into_memory_needs_a_cache_folder()
    {
        Assert.That(
            () => Prepare(new FaceStoreOptions { Size = 4, MemoryLimit = 100 }), Throws.ArgumentException.With.Message.Contains("cache folder"));
    }

    [Test]
    public void Cancelling_leaves_no_file_behind()
    {
        using var cancelled = new CancellationTokenSource();
        var options = new FaceStoreOptions { Size = 4, CacheFolder = folder.PathOf("cache"), Threads = 1, Progress = (_, _) => cancelled.Cancel() };
        for (var i = Faces; i < 40; i++)
        {
            folder.Image($"{i}.jpg", 1);
            folder.Mask($"{i}.png", 1, 1, 1, 1);
        }

        File.Delete(folder.PathOf("attributes.txt"));
        var dataset = FaceDataset.Open(folder.Path);

        Assert.That(
            () => FaceStore.Prepare(dataset, dataset.Select(FaceSplit.Random, null), options, cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFiles(folder.PathOf("cache")), Is.Empty);
    }

    private FaceStore Prepare(FaceStoreOptions options, int[]? selection = null)
    {
        var dataset = FaceDataset.Open(folder.Path);
        return FaceStore.Prepare(dataset, selection ?? dataset.Select(FaceSplit.Random, null), options);
    }
}
