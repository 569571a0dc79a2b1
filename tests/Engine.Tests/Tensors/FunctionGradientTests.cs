using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Losses;
using KernelDiff.Kernels.RandomNumbers;
using KernelDiff.Kernels.Resampling;

namespace KernelDiff.Engine.Tests.Tensors;

/// <summary>Every tensor function that has a gradient, on the <c>cpu</c> device with guarded memory.</summary>
[TestFixture]
public sealed class FunctionGradientTests
{
    private CpuDevice device = null!;
    private Session session = null!;

    /// <summary>Name, function, shapes of its inputs. Functions with kinks or poles get inputs moved away from them.</summary>
    public static IEnumerable<TestCaseData> Functions => new (string Name, Func<Tensor[], Tensor> Function, int[][] Shapes)[]
    {
        ("silu", x => Elementwise.Silu(x[0]), [[3, 5]]),
        ("gelu", x => Elementwise.Gelu(x[0]), [[3, 5]]),
        ("relu", x => Elementwise.Relu(Away(x[0])), [[3, 5]]),
        ("leaky relu", x => Elementwise.LeakyRelu(Away(x[0]), 0.2f), [[3, 5]]),
        ("abs", x => Elementwise.Abs(Away(x[0])), [[3, 5]]),
        ("clamp", x => Elementwise.Clamp(Away(x[0]), -0.1f, 100), [[3, 5]]),
        ("sigmoid", x => Elementwise.Sigmoid(x[0]), [[3, 5]]),
        ("tanh", x => Elementwise.Tanh(x[0]), [[3, 5]]),
        ("exp", x => Elementwise.Exp(x[0]), [[3, 5]]),
        ("log", x => Elementwise.Log(Positive(x[0])), [[3, 5]]),
        ("sqrt", x => Elementwise.Sqrt(Positive(x[0])), [[3, 5]]),
        ("square", x => Elementwise.Square(x[0]), [[3, 5]]),
        ("affine", x => Elementwise.Affine(x[0], -2, 3), [[3, 5]]),
        ("geglu", x => Elementwise.Geglu(x[0]), [[3, 10]]),
        ("dropout", x => Elementwise.Dropout(x[0], 0.6f, new RandomKey { Seed = 5, Stream = 1 }), [[4, 9]]),
        ("add", x => Arithmetic.Add(x[0], x[1]), [[3, 5], [3, 5]]),
        ("add to itself", x => Arithmetic.Add(x[0], x[0]), [[3, 5]]),
        ("add per channel", x => Arithmetic.Add(x[0], x[1]), [[2, 3, 5], [5]]),
        ("subtract broadcasting both", x => Arithmetic.Subtract(x[0], x[1]), [[2, 1, 5], [3, 1]]),
        ("multiply", x => Arithmetic.Multiply(x[0], x[1]), [[3, 5], [3, 5]]),
        ("multiply per image and channel", x => Arithmetic.Multiply(x[0], x[1]), [[2, 3, 5], [2, 1, 5]]),
        ("divide", x => Arithmetic.Divide(x[0], Positive(x[1])), [[3, 5], [3, 5]]),
        ("scaled add", x => Arithmetic.ScaledAdd(x[0], 0.5f, x[1], -3), [[3, 5], [3, 5]]),
        ("minimum", x => Arithmetic.Minimum(Away(x[0]), Elementwise.Affine(x[1], 0.01f)), [[3, 5], [3, 5]]),
        ("maximum", x => Arithmetic.Maximum(Away(x[0]), Elementwise.Affine(x[1], 0.01f)), [[3, 5], [3, 5]]),
        ("mix", x => Arithmetic.Mix(x[0], Constant(x[0], 0.5f, -2), x[1], Constant(x[0], 3, 0.1f)), [[2, 5], [2, 5]]),
        ("where", x => Arithmetic.Where(Constant(x[0], 1, 0, 1, 0, 1), x[0], x[1]), [[3, 5], [3, 5]]),
        ("reshape", x => Elementwise.Square(Structure.Reshape(x[0], 5, -1)), [[3, 5]]),
        ("permute", x => Structure.Permute(x[0], 2, 0, 1), [[2, 3, 4]]),
        ("slice of rows", x => Structure.Slice(x[0], 0, 1, 2), [[4, 3]]),
        ("slice of columns", x => Structure.Slice(x[0], 1, 1, 2), [[4, 5]]),
        ("split and join", x => Structure.Concat(1, Enumerable.Reverse(Structure.Split(x[0], 1, 1, 2, 2)).ToArray()), [[3, 5]]),
        ("concat", x => Structure.Concat(-1, x[0], x[1]), [[2, 3, 4], [2, 3, 2]]),
        ("pad", x => Structure.Pad(x[0], 1, 1, 2), [[2, 3, 2]]),
        ("gather", x => Structure.Gather(x[0], 1, Labels(x[0], 2, 0, 2)), [[2, 3, 4]]),
        ("sum of an axis", x => Reductions.Sum(x[0], 1), [[2, 3, 4]]),
        ("mean of two axes", x => Reductions.Mean(x[0], 1, 2), [[2, 3, 4, 5]]),
        ("mean of all", x => Reductions.Mean(Elementwise.Square(x[0])), [[2, 3, 4]]),
        ("max", x => Reductions.Max(Arithmetic.Add(x[0], Constant(x[0], 0, 10, 0)), 1), [[2, 3]]),
        ("softmax", x => Reductions.Softmax(x[0]), [[3, 7]]),
        ("log-softmax", x => Reductions.LogSoftmax(x[0]), [[3, 7]]),
        ("linear", x => Products.Linear(x[0], x[1], x[2], x[3]), [[2, 3, 5], [5, 4], [4], [2, 3, 4]]),
        ("matmul", x => Products.Matmul(x[0], x[1]), [[2, 3, 5], [2, 5, 4]]),
        ("convolution", x => Convolutions.Convolution(
            x[0], x[1], x[2], new ConvolutionOptions(1, ConvolutionPadding.All(1)), x[3], x[4]),
            [[2, 5, 4, 3], [3, 3, 3, 6], [6], [2, 6], [2, 5, 4, 6]]),
        ("strided convolution", x => Convolutions.Convolution(
            x[0], x[1], x[2], new ConvolutionOptions(2, ConvolutionPadding.BottomRight(1))), [[2, 6, 6, 3], [3, 3, 3, 4], [4]]),
        ("up-sampling convolution", x => Convolutions.Convolution(
            x[0], x[1], x[2], new ConvolutionOptions(1, ConvolutionPadding.All(1), true)), [[2, 3, 4, 3], [3, 3, 3, 4], [4]]),
        ("transposed convolution", x => Convolutions.TransposedConvolution(x[0], x[1], x[2]), [[2, 3, 4, 3], [2, 2, 3, 4], [4]]),
        ("group norm", x => Normalizations.GroupNorm(x[0], x[1], x[2], 2, 1e-5f), [[2, 3, 4, 6], [6], [6]]),
        ("group norm with SiLU, scale and shift", x => Normalizations.GroupNorm(x[0], x[1], x[2], 2, 1e-5f, true, x[3]),
            [[2, 12, 6], [6], [6], [2, 12]]),
        ("layer norm", x => Normalizations.LayerNorm(x[0], x[1], x[2], 1e-5f), [[4, 6], [6], [6]]),
        ("batch norm training", x => Normalizations.BatchNormTraining(x[0], x[1], x[2], null, null, 0.1f, 1e-5f), [[12, 5], [5], [5]]),
        ("batch norm evaluation", x => Normalizations.BatchNormEvaluation(
            x[0], x[1], x[2], Constant(x[0], 1, 2, 3, 4, 5), Constant(x[0], 5, 4, 3, 2, 1), 1e-5f), [[12, 5], [5], [5]]),
        ("cross attention", x => Attentions.Attention(x[0], x[1], x[2], 2), [[2, 5, 16], [2, 3, 16], [2, 3, 16]]),
        ("self attention by kind", x => Attentions.SelfAttention(x[0], 2, QkvOrder.ByKind), [[2, 5, 48]]),
        ("self attention by head", x => Attentions.SelfAttention(x[0], 2, QkvOrder.ByHead), [[2, 5, 48]]),
        ("embedding", x => Embeddings.Lookup(Labels(x[0], 1, 1, 3), x[0]), [[4, 5]]),
        ("resize", x => Resamplings.Resize(x[0], 5, 3, ResizeMode.Bilinear), [[2, 4, 4, 3]]),
        ("average pool", x => Resamplings.AveragePool(x[0], new PoolingWindow(3, 2, 1)), [[2, 5, 5, 3]]),
        ("max pool", x => Resamplings.MaxPool(Spread(x[0]), new PoolingWindow(2, 2)), [[1, 4, 4, 2]]),
        ("squared error", x => LossFunctions.SquaredError(x[0], Like(x[0], 1, 2, 3), Constant(x[0], 2)).Mean, [[1, 3]]),
        ("absolute error", x => LossFunctions.AbsoluteError(Away(x[0]), Like(x[0], 0, 0, 0)).Mean, [[1, 3]]),
        ("binary cross-entropy", x => LossFunctions.BinaryCrossEntropy(x[0], Like(x[0], 1, 0, 0.3f)).Mean, [[1, 3]]),
        ("hinge", x => LossFunctions.Hinge(Elementwise.Affine(x[0], 0.1f), HingeSide.Fake).Mean, [[2, 3]]),
        ("cross-entropy", x => LossFunctions.CrossEntropy(x[0], Labels(x[0], 2, 0)).Mean, [[2, 3]]),
        ("checkpoint", x => Checkpointing.Run(y => Elementwise.Silu(Arithmetic.Multiply(y[0], y[1])), x[0], x[1]), [[3, 5], [3, 5]]),
    }.Select(entry => new TestCaseData(entry.Function, entry.Shapes).SetArgDisplayNames(entry.Name));

    [SetUp]
    public void Open()
    {
        device = new CpuDevice(new DeviceOptions { Memory = MemoryMode.Guarded });
        session = new Session(device);
    }

    [TearDown]
    public void Close()
    {
        session.Dispose();
        Assert.That(device.Pool.LiveBuffers, Is.Zero, "everything that was allocated has been returned");
        device.Dispose();
    }

    [TestCaseSource(nameof(Functions))]
    public void The_gradient_agrees_with_a_difference_along_a_direction(Func<Tensor[], Tensor> function, int[][] shapes) =>
        DirectionalDerivative.Check(session, function, shapes);

    /// <summary>Moves values to at least 1 from zero, keeping their sign: x + sign(x).</summary>
    private static Tensor Away(Tensor x)
    {
        var values = x.ToArray();
        return Arithmetic.Add(x, x.Session.FromValues<float>(Array.ConvertAll(values, value => value < 0 ? -1f : 1f), x.Shape));
    }

    private static Tensor Positive(Tensor x) => Elementwise.Affine(Elementwise.Square(x), 1, 0.5f);

    /// <summary>Adds far-apart offsets, so that no step changes which element is the largest.</summary>
    private static Tensor Spread(Tensor x)
    {
        var offsets = Enumerable.Range(0, x.Shape.Elements).Select(i => i * 37 % x.Shape.Elements * 5f).ToArray();
        return Arithmetic.Add(x, x.Session.FromValues<float>(offsets, x.Shape));
    }

    private static Tensor Constant(Tensor like, params float[] values) =>
        like.Session.FromValues<float>(values, new TensorShape(values.Length));

    private static Tensor Like(Tensor like, params float[] values) => like.Session.FromValues<float>(values, like.Shape);

    private static Tensor Labels(Tensor like, params int[] labels) =>
        like.Session.FromValues<int>(labels, new TensorShape(labels.Length));
}
