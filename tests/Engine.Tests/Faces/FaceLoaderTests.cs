using KernelDiff.Engine.Data;

namespace KernelDiff.Engine.Tests.Faces;

[TestFixture]
internal sealed class FaceLoaderTests
{
    private const int Faces = 7;
    private const int Size = 4;

    private FaceFolder folder = null!;
    private FaceStore store = null!;

    [SetUp]
    public void CreateStore()
    {
        folder = new FaceFolder();
        for (var i = 0; i < Faces; i++)
        {
            folder.HalfImage($"{i}.jpg");
            folder.Mask($"{i}.png", FaceClasses.RightEye, FaceClasses.LeftEye, (byte)(i + 10), FaceClasses.Skin);
        }

        folder.Attributes("attributes.txt", [.. Enumerable.Range(0, Faces).Select(i => ($"{i}.jpg", new[] { FaceAttributes.Names[i] }))]);
        var dataset = FaceDataset.Open(folder.Path);
        store = FaceStore.Prepare(dataset, dataset.Select(FaceSplit.Random, null), new FaceStoreOptions { Size = Size });
    }

    [TearDown]
    public void DeleteFolder()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Test]
    public void Every_face_is_used_once_per_epoch_in_an_order_that_changes()
    {
        using var loader = new FaceLoader(store, new FaceLoaderOptions { BatchSize = 3, Seed = 4, DropLast = false });
        var epochs = new int[4][];
        for (var epoch = 0; epoch < epochs.Length; epoch++)
        {
            var faces = new List<int>();
            for (var i = 0; i < loader.BatchesPerEpoch; i++)
            {
                var batch = loader.Next();
                Assert.That(batch.Start.Epoch, Is.EqualTo(epoch));
                faces.AddRange(batch.Faces[..batch.Count]);
            }

            Assert.That(faces, Is.EquivalentTo(Enumerable.Range(0, Faces)));
            epochs[epoch] = [.. faces];
        }

        Assert.That(epochs.Select(epoch => string.Join(',', epoch)), Is.Unique);
    }

    [Test]
    public void Batches_hold_the_faces_that_they_name()
    {
        using var loader = new FaceLoader(store, new FaceLoaderOptions { BatchSize = 3 });
        for (var step = 0; step < 4; step++)
        {
            var batch = loader.Next();
            for (var i = 0; i < batch.Count; i++)
            {
                Assert.That(batch.Images.Chunk(Size * Size * 3).ElementAt(i), Is.EqualTo(store.ImageOf(batch.Faces[i]).Pixels));
                Assert.That(batch.Masks.Chunk(Size * Size).ElementAt(i), Is.EqualTo(store.MaskOf(batch.Faces[i]).Labels));
                Assert.That(batch.Attributes.Chunk(FaceAttributes.Count).ElementAt(i), Has.One.EqualTo(1).And.ItemAt(batch.Faces[i]).EqualTo(1));
                Assert.That(batch.Mirrored[i], Is.False);
            }
        }
    }

    [Test]
    public void Mirrored_faces_have_left_and_right_exchanged_in_picture_and_labels()
    {
        using var loader = new FaceLoader(store, new FaceLoaderOptions { BatchSize = Faces, Mirror = true, Seed = 1 });
        var seen = new HashSet<bool>();
        for (var step = 0; step < 3; step++)
        {
            var batch = loader.Next();
            for (var i = 0; i < batch.Count; i++)
            {
                var mirrored = batch.Mirrored[i];
                seen.Add(mirrored);
                var mask = batch.Masks.Chunk(Size * Size).ElementAt(i);
                var other = (byte)(batch.Faces[i] + 10);

                // The person's right eye lies at the left in the picture, mirrored or not; what is not paired changes sides.
                Assert.That((mask[0], mask[Size - 1]), Is.EqualTo((FaceClasses.RightEye, FaceClasses.LeftEye)));
                Assert.That((mask[^Size], mask[^1]), Is.EqualTo(mirrored ? (FaceClasses.Skin, other) : (other, FaceClasses.Skin)));
                Assert.That(batch.Images[i * Size * Size * 3] > 128, Is.EqualTo(mirrored));
            }
        }

        Assert.That(seen, Has.Count.EqualTo(2));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_loader_that_starts_where_another_stopped_gives_the_same_batches(bool dropLast)
    {
        var options = new FaceLoaderOptions { BatchSize = 2, Seed = 9, Mirror = true, DropLast = dropLast };
        using var whole = new FaceLoader(store, options);
        for (var step = 0; step < 12; step++)
        {
            var position = whole.Next().End;
            using var resumed = new FaceLoader(store, options, position);
            using var ahead = new FaceLoader(store, options with { Ahead = 1 }, position);
            var (one, other) = (resumed.Next(), ahead.Next());
            Assert.That(one.Start, Is.EqualTo(other.Start));
            AssertSame(one, other);
            if (step < 11)
            {
                using var again = new FaceLoader(store, options);
                for (var skip = 0; skip <= step; skip++)
                {
                    again.Next();
                }

                AssertSame(one, again.Next());
            }
        }
    }

    [Test]
    public void Another_seed_gives_another_order_and_other_mirror_images()
    {
        Assert.That(FaceLoader.OrderOf(1, 0, 100), Is.Not.EqualTo(FaceLoader.OrderOf(2, 0, 100)));
        Assert.That(Mirrors(1, 0), Is.Not.EqualTo(Mirrors(2, 0)));
        Assert.That(Mirrors(1, 0), Is.Not.EqualTo(Mirrors(1, 1)));
        Assert.That(Mirrors(1, 0).Count(mirrored => mirrored), Is.InRange(400, 600));

        static bool[] Mirrors(ulong seed, long epoch) => [.. Enumerable.Range(0, 1000).Select(face => FaceLoader.IsMirrored(seed, epoch, face))];
    }

    [Test]
    public void What_does_not_fill_a_batch_is_left_out_or_comes_as_a_smaller_one()
    {
        using var dropping = new FaceLoader(store, new FaceLoaderOptions { BatchSize = 3 });
        using var keeping = new FaceLoader(store, new FaceLoaderOptions { BatchSize = 3, DropLast = false });

        Assert.That((dropping.BatchesPerEpoch, keeping.BatchesPerEpoch), Is.EqualTo((2, 3)));
        Assert.That(Enumerable.Range(0, 4).Select(_ => dropping.Next()).Select(batch => (batch.Count, batch.Start.Epoch)), Is.EqualTo([(3, 0L), (3, 0L), (3, 1L), (3, 1L)]));
        Assert.That(Enumerable.Range(0, 4).Select(_ => keeping.Next()).Select(batch => (batch.Count, batch.Start.Epoch)), Is.EqualTo([(3, 0L), (3, 0L), (1, 0L), (3, 1L)]));
    }

    [Test]
    public void Batches_larger_than_the_data_set_and_positions_outside_of_it_are_refused()
    {
        Assert.That(() => new FaceLoader(store, new FaceLoaderOptions { BatchSize = Faces + 1 }), Throws.ArgumentException.With.Message.Contains("batch"));
        Assert.That(() => new FaceLoader(store, new FaceLoaderOptions { BatchSize = 1 }, new FacePosition(0, Faces + 1)), Throws.ArgumentException);
    }

    [Test]
    public void Failures_of_the_background_thread_reach_the_caller()
    {
        var dataset = FaceDataset.Open(folder.Path);
        var options = new FaceStoreOptions { Size = Size, CacheFolder = folder.PathOf("cache"), MemoryLimit = 0 };
        var onDisk = FaceStore.Prepare(dataset, dataset.Select(FaceSplit.Random, null), options);
        onDisk.Dispose();

        using var loader = new FaceLoader(onDisk, new FaceLoaderOptions { BatchSize = 2 });

        Assert.That(() => loader.Next(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => loader.Next(), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void A_loader_may_be_disposed_twice_and_then_refuses()
    {
        var loader = new FaceLoader(store, new FaceLoaderOptions { BatchSize = 2 });
        loader.Next();
        loader.Dispose();
        loader.Dispose();

        Assert.That(() => loader.Next(), Throws.TypeOf<ObjectDisposedException>());
    }

    private static void AssertSame(FaceBatch one, FaceBatch other)
    {
        Assert.That(one.Count, Is.EqualTo(other.Count));
        Assert.That(one.Faces[..one.Count], Is.EqualTo(other.Faces[..one.Count]));
        Assert.That(one.Mirrored[..one.Count], Is.EqualTo(other.Mirrored[..one.Count]));
        Assert.That(one.Images[..(one.Count * Size * Size * 3)], Is.EqualTo(other.Images[..(one.Count * Size * Size * 3)]));
        Assert.That(one.Masks[..(one.Count * Size * Size)], Is.EqualTo(other.Masks[..(one.Count * Size * Size)]));
    }
}
