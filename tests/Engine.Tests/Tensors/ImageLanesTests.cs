using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Engine.Tests.Tensors;

[TestFixture]
public sealed class ImageLanesTests
{
    private const int Edge = 16;
    private const int Channels = 64;
    private const int ContextChannels = 24;

    private CpuDevice device = null!;
    private Session session = null!;

    [SetUp]
    public void Open()
    {
        device = new CpuDevice(new DeviceOptions { Threads = 2 });
        session = new Session(device);
    }

    [TearDown]
    public void Close()
    {
        session.Dispose();
        device.Dispose();
    }

    [Test]
    public void A_transformer_computes_the_same_bits_image_by_image_as_for_the_whole_batch([Values] bool hasContext)
    {
        var transformer = new SpatialTransformer(Channels, 2, Channels / 2, 1, hasContext ? ContextChannels : null);
        using var arena = transformer.Materialize(session, withGradients: false);
        arena.Values.CopyFrom(Noise(arena.Values.Length, 0.2f));
        var x = session.FromValues<float>(Noise(3 * Edge * Edge * Channels, 1), new TensorShape(3, Edge, Edge, Channels));
        var context = hasContext
            ? session.FromValues<float>(Noise(3 * 7 * ContextChannels, 1), new TensorShape(3, 7, ContextChannels))
            : null;
        Assert.That(Pays(x), Is.True, "image by image");
        var live = device.Pool.LiveBytes;
        var imageByImage = Forward();
        Assert.That(device.Pool.LiveBytes, Is.EqualTo(live), "what lanes used is given back");

        var launches = 0;
        device.Timeline.Launched += _ => launches++;
        Assert.That(Pays(x), Is.False, "the whole batch");
        Assert.That(Forward().AsSpan().SequenceEqual(imageByImage), Is.True);
        Assert.That(launches, Is.GreaterThan(10));

        float[] Forward()
        {
            using var scope = session.BeginWithoutGradient();
            return transformer.Forward(x, context).ToArray();
        }
    }

    [TestCase(1, Edge, TestName = "One_image_is_shared_by_all_threads")]
    [TestCase(2, 4, TestName = "Images_of_few_pixels_are_computed_together")]
    [TestCase(2, 64, TestName = "Images_too_large_for_a_cache_are_computed_together")]
    public void It_does_not_pay(int images, int edge) =>
        Assert.That(Pays(session.Zeros(new TensorShape(images, edge, edge, Channels))), Is.False);

    [Test]
    public void While_a_tape_records_images_are_computed_together()
    {
        var x = session.Zeros(new TensorShape(2, Edge, Edge, Channels));
        using var tape = session.BeginTape();
        Assert.That(Pays(x), Is.False);
        using var scope = session.BeginWithoutGradient();
        Assert.That(Pays(x), Is.True);
    }

    private static bool Pays(Tensor x) => ImageLanes.Pays(x, x.Shape[1] * x.Shape[2], 8 * Channels);

    private static float[] Noise(int length, float scale)
    {
        var random = new Random(length);
        return [.. Enumerable.Range(0, length).Select(_ => scale * ((2 * random.NextSingle()) - 1))];
    }
}
