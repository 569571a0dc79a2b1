using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Convolution;

namespace KernelDiff.Engine.Conditioning;

/// <summary>A mask to context tokens.</summary>
internal abstract class MaskEncoder : Module
{
    private readonly SourceSwitch source;

    private protected MaskEncoder(int tokens, int channels)
    {
        Tokens = tokens;
        source = Add("source", new SourceSwitch(new TensorShape(tokens, channels)));
    }

    /// <summary>Tokens of an image.</summary>
    public int Tokens { get; }

    /// <returns>[batch, tokens, channels].</returns>
    public Tensor Forward(Session session, ConditionBatch conditions) => source.Forward(Encode(session, conditions), conditions.HasMask);

    /// <param name="configuration">Its mask form is not <see cref="MaskCondition.Off"/>.</param>
    /// <param name="channels">Of a token.</param>
    public static MaskEncoder Create(ConditioningConfiguration configuration, int channels) => configuration.Mask switch
    {
        MaskCondition.ClassTokens => new MaskClassTokens(configuration.MaskSize, channels),
        MaskCondition.PatchTokens => new MaskPatchTokens(configuration.MaskSize, configuration.PatchSize, channels),
        _ => new MaskPooled(channels),
    };

    private protected abstract Tensor Encode(Session session, ConditionBatch conditions);
}

/// <summary>
/// The map of each class through one linear layer, as Collaborative Diffusion (Huang et al., 2023) does it, with a learned vector that
/// tells the classes apart.
/// </summary>
internal sealed class MaskClassTokens : MaskEncoder
{
    private readonly OneHotProjection projection;
    private readonly ParameterSlot classes;

    public MaskClassTokens(int size, int channels)
        : base(FaceClasses.Count, channels)
    {
        projection = Add("projection", new OneHotProjection(size * size, size * size / (double)FaceClasses.Count, channels));
        classes = Declare(ParameterSpecification.Plain(
            "classes", new TensorShape(FaceClasses.Count, channels), Initializer.Normal(1)));
    }

    private protected override Tensor Encode(Session session, ConditionBatch conditions) =>
        Arithmetic.Add(projection.Forward(OneHotMaps.ByClass(session, conditions)), classes.Value);
}

/// <summary>Squares of the map through one linear layer, with a learned vector for each position.</summary>
internal sealed class MaskPatchTokens : MaskEncoder
{
    private readonly int patch;
    private readonly OneHotProjection projection;
    private readonly ParameterSlot positions;

    public MaskPatchTokens(int size, int patch, int channels)
        : base(size / patch * (size / patch), channels)
    {
        this.patch = patch;
        projection = Add("projection", new OneHotProjection(patch * patch * FaceClasses.Count, patch * patch, channels));
        positions = Declare(ParameterSpecification.Plain("positions", new TensorShape(Tokens, channels), Initializer.Normal(1)));
    }

    private protected override Tensor Encode(Session session, ConditionBatch conditions) =>
        Arithmetic.Add(projection.Forward(OneHotMaps.ByPatch(session, conditions, patch)), positions.Value);
}

/// <summary>Three convolutions that halve the map, the mean over all pixels, a linear layer: one token without layout.</summary>
internal sealed class MaskPooled : MaskEncoder
{
    private static readonly int[] Widths = [FaceClasses.Count, 32, 64, 128];

    private readonly Convolution2d[] convolutions;
    private readonly Linear projection;

    public MaskPooled(int channels)
        : base(1, channels)
    {
        convolutions = new Convolution2d[Widths.Length - 1];
        for (var i = 0; i < convolutions.Length; i++)
        {
            convolutions[i] = Add($"convolutions.{i}", new Convolution2d(
                Widths[i], Widths[i + 1], 3, new ConvolutionOptions(2, ConvolutionPadding.All(1))));
        }

        projection = Add("projection", new Linear(Widths[^1], channels));
    }

    private protected override Tensor Encode(Session session, ConditionBatch conditions)
    {
        var hidden = OneHotMaps.ByPixel(session, conditions);
        foreach (var convolution in convolutions)
        {
            hidden = Elementwise.Silu(convolution.Forward(hidden));
        }

        var mean = Reductions.Mean(hidden, 1, 2);
        return projection.Forward(Structure.Reshape(mean, conditions.Count, 1, Widths[^1]));
    }
}
