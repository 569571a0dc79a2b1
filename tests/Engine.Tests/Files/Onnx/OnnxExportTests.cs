using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files.Onnx;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Verification;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.RandomNumbers;
using Microsoft.ML.OnnxRuntime;

namespace KernelDiff.Engine.Tests.Files.Onnx;

/// <summary>ONNX Runtime, which shares no code with us, computes the exported networks as our kernels do.</summary>
[TestFixture]
public sealed class OnnxExportTests
{
    /// <summary>Part of the largest magnitude: both sides compute in fp32 and sum in different orders through some tens of layers.</summary>
    private const float Tolerance = 1e-4f;

    private const int Batch = 2;

    private CpuDevice device = null!;
    private Session session = null!;
    private Scope scope = null!;
    private TemporaryFolder folder = null!;

    [SetUp]
    public void Open()
    {
        device = new CpuDevice(new DeviceOptions());
        session = new Session(device);
        scope = session.BeginWithoutGradient();
        folder = new TemporaryFolder();
    }

    [TearDown]
    public void Close()
    {
        scope.Dispose();
        session.Dispose();
        device.Dispose();
        folder.Dispose();
    }

    private static IEnumerable<TestCaseData> UNets()
    {
        var plain = new UNetConfiguration
        {
            InputChannels = 3,
            OutputChannels = 3,
            ModelChannels = 32,
            AttentionResolutions = [2],
            ResidualBlocks = 1,
            ChannelMultipliers = [1, 2],
            Heads = 4,
        };
        yield return Case("attention head by head", plain);
        yield return Case("attention by kind", plain with { NewAttentionOrder = true });
        yield return Case("another number of heads on the way up", plain with { HeadsUpsampling = 2 });
        yield return Case("heads of given width", plain with { Heads = -1, HeadChannels = 16 });
        yield return Case("attention at every level and two blocks", plain with { AttentionResolutions = [1, 2], ResidualBlocks = 2 });
        yield return Case("scale and shift", plain with { ScaleShiftNorm = true });
        yield return Case("residual blocks that resample", plain with { ResidualResampling = true });
        yield return Case("resampling without convolution", plain with { ConvolutionalResampling = false });
        yield return Case("classes", plain with { Classes = 5 });
        yield return Case("transformer without context", plain with { SpatialTransformer = true });
        yield return Case("cross-attention", plain with { SpatialTransformer = true, ContextChannels = 24 });
        yield return Case("two transformer blocks with own head width", plain with
        {
            SpatialTransformer = true,
            ContextChannels = 24,
            TransformerDepth = 2,
            Heads = -1,
            HeadChannels = 8,
            Legacy = false,
        });

        static TestCaseData Case(string name, UNetConfiguration configuration) => new TestCaseData(configuration).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(UNets))]
    public void OnnxRuntime_predicts_the_same_noise(UNetConfiguration configuration)
    {
        var network = new UNet(configuration);
        using var arena = Materialize(network);
        var latent = Normal(1, new TensorShape(Batch, 8, 16, 3));
        float[] timesteps = [37, 901];
        var context = configuration.ContextChannels is { } channels ? Normal(2, new TensorShape(Batch, 7, channels)) : null;
        var labels = configuration.Classes is null ? null : session.FromValues<int>([4, 1], new TensorShape(Batch));
        var expected = network.Forward(latent, session.FromValues<float>(timesteps, new TensorShape(Batch)), context, labels);

        using var runtime = Export(
            Model(configuration, VqOf(LatentEncoder())), ModelPart.UNet, specification => ReadFrom(arena, specification));
        var inputs = new Dictionary<string, OrtValue>
        {
            ["latent"] = Image(latent),
            ["timesteps"] = Value(timesteps, Batch),
        };
        if (context is not null)
        {
            inputs["context"] = Value(context.ToArray(), Batch, 7, context.Shape[2]);
        }

        if (labels is not null)
        {
            inputs["labels"] = OrtValue.CreateTensorValueFromMemory<long>([4, 1], [Batch]);
        }

        AssertSame(Run(runtime, inputs, "noise"), ImageOrder.ToFile(expected));
    }

    private static IEnumerable<TestCaseData> Encoders()
    {
        var plain = LatentEncoder();
        yield return Case("convolutions that resample", plain);
        yield return Case("resampling without convolution", plain with { ConvolutionalResampling = false });
        yield return Case("attention at a level", plain with { AttentionResolutions = [16] });
        yield return Case("no attention", plain with { AttentionType = "none" });
        yield return Case("tanh", plain with { TanhOutput = true });

        static TestCaseData Case(string name, EncoderConfiguration configuration) =>
            new TestCaseData(configuration).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Encoders))]
    public void OnnxRuntime_encodes_and_decodes_as_the_vector_quantised_autoencoder(EncoderConfiguration encoder)
    {
        var configuration = VqOf(encoder);
        var network = new VqAutoencoder(configuration);
        using var arena = Materialize(network);
        var model = Model(null, configuration);
        var image = Normal(1, new TensorShape(Batch, 16, 24, 3));
        var latent = network.Encode(image);

        using var encoding = Export(model, ModelPart.Encoder, specification => ReadFrom(arena, specification));
        AssertSame(Run(encoding, new() { ["image"] = Image(image) }, "latent"), ImageOrder.ToFile(latent));
        using var decoding = Export(model, ModelPart.Decoder, specification => ReadFrom(arena, specification));
        AssertSame(Run(decoding, new() { ["latent"] = Image(latent) }, "image"), ImageOrder.ToFile(network.Decode(latent)));
    }

    [TestCaseSource(nameof(Encoders))]
    public void OnnxRuntime_encodes_and_decodes_as_the_KL_regularised_autoencoder(EncoderConfiguration encoder)
    {
        var configuration = new KlAutoencoderConfiguration { Encoder = encoder with { DoubleLatent = true }, LatentChannels = 4 };
        var network = new KlAutoencoder(configuration);
        using var arena = Materialize(network);
        var model = new ModelConfiguration { ImageSize = 32, FirstStage = new FirstStageConfiguration { Kl = configuration } };
        var image = Normal(1, new TensorShape(Batch, 16, 24, 3));
        var distribution = network.Encode(image);

        using var encoding = Export(model, ModelPart.Encoder, specification => ReadFrom(arena, specification));
        AssertSame(Run(encoding, new() { ["image"] = Image(image) }, "mean"), ImageOrder.ToFile(distribution.Mean));
        AssertSame(Run(encoding, new() { ["image"] = Image(image) }, "log_variance"), ImageOrder.ToFile(distribution.LogVariance));
        using var decoding = Export(model, ModelPart.Decoder, specification => ReadFrom(arena, specification));
        AssertSame(
            Run(decoding, new() { ["latent"] = Image(distribution.Mean) }, "image"), ImageOrder.ToFile(network.Decode(distribution.Mean)));
    }

    [Test]
    public void A_network_over_the_two_gibibytes_of_an_ONNX_file_is_refused_before_anything_is_written()
    {
        var path = folder.PathOf("large.onnx");
        var configuration = new UNetConfiguration
        {
            InputChannels = 3,
            OutputChannels = 3,
            ModelChannels = 1024,
            AttentionResolutions = [2],
            ResidualBlocks = 2,
            Heads = 8,
        };
        var model = Model(configuration, VqOf(LatentEncoder()));

        Assert.That(
            () => OnnxExport.Write(path, model, ModelPart.UNet, _ => throw new AssertionException("No weight is read.")),
            Throws.ArgumentException.With.Message.Contains("an ONNX file holds at most 2,147,483,647"));
        Assert.That(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!), Is.Empty);
    }

    [Test]
    public void A_cancelled_export_leaves_the_older_file_as_it_was()
    {
        var path = folder.PathOf("model.onnx");
        File.WriteAllText(path, "older");
        using var cancellation = new CancellationTokenSource();
        var model = Model(null, VqOf(LatentEncoder()));

        Assert.That(
            () => OnnxExport.Write(
                path,
                model,
                ModelPart.Encoder,
                specification =>
                {
                    cancellation.Cancel();
                    return new float[specification.FileShape.Elements];
                },
                cancellation: cancellation.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.ReadAllText(path), Is.EqualTo("older"));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(path)!), Has.Length.EqualTo(1));
    }

    private static EncoderConfiguration LatentEncoder() => new()
    {
        DoubleLatent = false,
        LatentChannels = 3,
        Resolution = 32,
        InputChannels = 3,
        OutputChannels = 3,
        Channels = 32,
        ChannelMultipliers = [1, 2],
        ResidualBlocks = 1,
    };

    private static VqAutoencoderConfiguration VqOf(EncoderConfiguration encoder) =>
        new() { Encoder = encoder, Codewords = 20, LatentChannels = 3 };

    private static ModelConfiguration Model(UNetConfiguration? network, VqAutoencoderConfiguration first) =>
        new() { ImageSize = 32, UNet = network, FirstStage = new FirstStageConfiguration { Vq = first } };

    /// <summary>Random weights, none of them zero, so that every path matters.</summary>
    private ParameterArena Materialize(Module network)
    {
        var arena = network.Materialize(session, withGradients: false);
        var random = new Philox(seed: 5, stream: 1);
        foreach (var parameter in arena.Parameters)
        {
            var values = new float[parameter.Shape.Elements];
            var fanIn = Math.Max(1, parameter.Shape.Elements / parameter.Specification.FileShape[0]);
            var center = parameter.Specification.Initializer == Initializer.One ? 1 : 0;
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = center + (random.NextNormal() / MathF.Sqrt(parameter.Shape.Rank == 1 ? 16 : fanIn));
            }

            parameter.Single.CopyFrom(values);
        }

        return arena;
    }

    private Tensor Normal(uint stream, TensorShape shape)
    {
        var random = new Philox(seed: 7, stream);
        var values = new float[shape.Elements];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = random.NextNormal();
        }

        return session.FromValues<float>(values, shape);
    }

    private InferenceSession Export(ModelConfiguration model, ModelPart part, ReadParameter read)
    {
        var path = folder.PathOf($"{part}.onnx");
        OnnxExport.Write(path, model, part, read);
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        return new InferenceSession(path, options);
    }

    private static float[] ReadFrom(ParameterArena arena, ParameterSpecification specification) => ParameterLayouts.ToFile(
        specification, arena.Parameters.Single(parameter => parameter.Name == specification.Name).Single.ToArray());

    private static OrtValue Image(Tensor tensor) =>
        Value(ImageOrder.ToFile(tensor), tensor.Shape[0], tensor.Shape[3], tensor.Shape[1], tensor.Shape[2]);

    private static OrtValue Value(float[] values, params int[] shape) =>
        OrtValue.CreateTensorValueFromMemory(values, Array.ConvertAll(shape, size => (long)size));

    private static float[] Run(InferenceSession runtime, Dictionary<string, OrtValue> inputs, string output)
    {
        using var options = new RunOptions();
        using var results = runtime.Run(options, inputs, [output]);
        foreach (var input in inputs.Values)
        {
            input.Dispose();
        }

        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static void AssertSame(float[] found, float[] expected)
    {
        Assert.That(found, Has.Length.EqualTo(expected.Length));
        var largest = expected.Max(MathF.Abs);
        Assert.That(largest, Is.GreaterThan(1e-3f), "The test needs an output that is not all but zero.");
        var error = found.Zip(expected, (one, other) => MathF.Abs(one - other)).Max() / largest;
        Assert.That(error, Is.LessThan(Tolerance));
    }
}
