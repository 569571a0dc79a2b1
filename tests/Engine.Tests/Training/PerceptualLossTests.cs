using KernelDiff.Engine.Files;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Tests.Files;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;
using ElementType = KernelDiff.Engine.Files.ElementType;
using TensorShape = KernelDiff.Engine.Tensors.TensorShape;

namespace KernelDiff.Engine.Tests.Training;

/// <summary>The perceptual loss on VGG-16 with random weights, against LPIPS's formula in double precision.</summary>
[TestFixture]
public sealed class PerceptualLossTests
{
    private const int Edge = 16;

    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, float[]> weights = [];
    private string vgg = null!;
    private string linear = null!;
    private CpuDevice device = null!;
    private Session session = null!;

    [OneTimeSetUp]
    public void WriteNetworks()
    {
        var random = new Random(1);
        var from = 3;
        foreach (var (index, width) in VggReference.Convolutions)
        {
            // As large as keeps the variance of features from layer to layer; biases that move the kinks of the ReLUs.
            Fill($"features.{index}.weight", width * from * 9, MathF.Sqrt(6f / (9 * from)));
            Fill($"features.{index}.bias", width, 0.1f);
            from = width;
        }

        for (var depth = 0; depth < VggReference.Widths.Length; depth++)
        {
            Fill($"lin{depth}.model.1.weight", VggReference.Widths[depth], 1);
        }

        vgg = Write("vgg.safetensors", "features.", name => name.EndsWith("weight", StringComparison.Ordinal) ? 4 : 1);
        linear = Write("linear.safetensors", "lin", _ => 4);

        void Fill(string name, int length, float bound) =>
            weights[name] = [.. Enumerable.Range(0, length).Select(_ => bound * ((2 * random.NextSingle()) - 1))];
    }

    [OneTimeTearDown]
    public void DeleteNetworks() => folder.Dispose();

    [SetUp]
    public void Open()
    {
        device = new CpuDevice(new DeviceOptions());
        session = new Session(device);
    }

    [TearDown]
    public void Close()
    {
        session.Dispose();
        device.Dispose();
    }

    [TestCase(false)]
    [TestCase(true)]
    public void The_distance_is_that_of_the_formula(bool weighsChannels)
    {
        var (image, truth) = (Picture(2), Picture(3));
        using var loss = new PerceptualLoss(session, vgg, weighsChannels ? linear : null);
        using var scope = session.BeginScope();

        // Fast convolutions have tests of their own; over thirteen layers they round more than the bound below.
        device.Algorithm = ConvolutionAlgorithm.Direct;
        var found = loss.Forward(OnDevice(image), OnDevice(truth)).ToScalar();

        // Thirteen layers of sums of up to 4608 terms in fp32.
        Assert.That(found, Is.EqualTo(new VggReference(weights, weighsChannels).Distance(image, truth)).Within(1e-4).Percent);
    }

    [Test]
    public void The_gradient_of_the_image_is_the_derivative_of_the_formula()
    {
        var (image, truth, direction) = (Picture(2), Picture(3), Picture(4));
        using var loss = new PerceptualLoss(session, vgg, linear);
        using var tape = session.BeginTape();
        var leaf = OnDevice(image, requiresGradient: true);
        tape.Backward(loss.Forward(leaf, OnDevice(truth)));
        var slope = tape.GradientOf(leaf).ToArray().Zip(direction, (gradient, step) => (double)gradient * step).Sum();

        const double Step = 1e-5;
        var reference = new VggReference(weights, weighsChannels: true);
        var difference = (reference.Distance(Moved(Step), truth) - reference.Distance(Moved(-Step), truth)) / (2 * Step);

        // A step this short crosses few kinks of the ReLUs and poolings, each of which bends the line by its own small part.
        Assert.That(slope, Is.EqualTo(difference).Within(0.5).Percent);

        double[] Moved(double length) => [.. image.Zip(direction, (pixel, step) => pixel + (length * step))];
    }

    [Test]
    public void Weights_of_another_network_are_refused_by_name()
    {
        var other = Write("other.safetensors", "lin", _ => 4);
        var exception = Assert.Throws<WeightFileException>(() => new PerceptualLoss(session, other))!;
        Assert.That(exception.Message, Does.Contain("features.0.weight"));
    }

    private static double[] Picture(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Edge * Edge * 3).Select(_ => (double)((2 * random.NextSingle()) - 1))];
    }

    private Tensor OnDevice(double[] picture, bool requiresGradient = false) =>
        session.FromValues<float>(Array.ConvertAll(picture, value => (float)value), new TensorShape(1, Edge, Edge, 3), requiresGradient);

    private string Write(string name, string prefix, Func<string, int> rankOf)
    {
        var path = folder.PathOf(name);
        var chosen = weights.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        using var writer = new SafeTensorsWriter(
            path, chosen.Select(pair => new TensorDeclaration(pair.Key, ElementType.F32, Shape(pair.Key, pair.Value.Length, rankOf(pair.Key)))));
        foreach (var (key, values) in chosen)
        {
            writer.Write(key, values);
        }

        writer.Commit();
        return path;
    }

    private int[] Shape(string name, int length, int rank)
    {
        if (rank == 1)
        {
            return [length];
        }

        return weights.TryGetValue(name.Replace("weight", "bias", StringComparison.Ordinal), out var bias)
            ? [bias.Length, length / bias.Length / 9, 3, 3]
            : [1, length, 1, 1];
    }
}
