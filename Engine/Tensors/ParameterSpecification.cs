namespace KernelDiff.Engine.Tensors;

/// <summary>How a parameter's elements are ordered in PyTorch's files, and on the device.</summary>
public enum ParameterLayout
{
    /// <summary>The same order on both sides: biases, norms, embedding tables.</summary>
    Plain,

    /// <summary>File [out][in] (followed by sizes of 1 for 1x1 convolutions), device [in][out].</summary>
    Linear,

    /// <summary>File [out][in][height][width], device [height][width][in][out].</summary>
    Convolution,

    /// <summary>File [in][out][height][width], device [height][width][in][out].</summary>
    TransposedConvolution,
}

/// <summary>How a parameter starts.</summary>
/// <param name="Kind">The distribution.</param>
/// <param name="Scale">Bound of a uniform distribution, deviation of a normal one, the constant.</param>
/// <param name="Mean">Added to values of a normal distribution.</param>
public readonly record struct Initializer(InitializerKind Kind, float Scale, float Mean = 0)
{
    public static Initializer Zero => new(InitializerKind.Constant, 0);

    public static Initializer One => new(InitializerKind.Constant, 1);

    public static Initializer Uniform(float bound) => new(InitializerKind.Uniform, bound);

    public static Initializer Normal(float deviation) => new(InitializerKind.Normal, deviation);

    /// <summary>PyTorch's default for linear and convolution layers, weights and biases: uniform in ±1/sqrt(fan in).</summary>
    public static Initializer FanIn(int fanIn) => Uniform(1 / MathF.Sqrt(fanIn));
}

/// <summary>Distributions that parameters start from.</summary>
public enum InitializerKind
{
    Constant,
    Uniform,
    Normal,
}

/// <summary>What a module asks the arena for.</summary>
public sealed record ParameterSpecification
{
    /// <summary>Name in the state dict, relative to the module that declares it.</summary>
    public required string Name { get; init; }

    /// <summary>Sizes in device order.</summary>
    public required TensorShape Shape { get; init; }

    /// <summary>Sizes in the order of PyTorch's files.</summary>
    public required TensorShape FileShape { get; init; }

    public required ParameterLayout Layout { get; init; }

    public required Initializer Initializer { get; init; }

    /// <summary>Whether it is never trained.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>For vectors and tables.</summary>
    public static ParameterSpecification Plain(string name, TensorShape shape, Initializer initializer) => new()
    {
        Name = name,
        Shape = shape,
        FileShape = shape,
        Layout = ParameterLayout.Plain,
        Initializer = initializer,
    };
}
