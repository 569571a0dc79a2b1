using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

public static partial class PointwiseOperations
{
    /// <summary>x · sigmoid(x).</summary>
    public static Operation<UnaryArguments> Silu { get; } =
        Unary<Silu>("silu", "y = x * sigmoid(x)", () => Silu!, Fills.Normal(0, 3), Tolerance.Element(2e-6, 1e-7));

    public static Operation<UnaryBackwardArguments> SiluBackward { get; } =
        UnaryGradient<Silu>("silu-backward", () => SiluBackward!, Fills.Normal(0, 3), Tolerance.Element(4e-6, 1e-6));

    /// <summary>The exact GELU, x · Φ(x).</summary>
    public static Operation<UnaryArguments> Gelu { get; } =
        Unary<Gelu>("gelu", "y = x * Phi(x)", () => Gelu!, Fills.Normal(0, 2), Tolerance.Element(2e-6, 1e-7));

    public static Operation<UnaryBackwardArguments> GeluBackward { get; } =
        UnaryGradient<Gelu>("gelu-backward", () => GeluBackward!, Fills.Normal(0, 2), Tolerance.Element(4e-6, 1e-6));

    /// <summary>max(x, 0).</summary>
    public static Operation<UnaryArguments> Relu { get; } =
        Unary<LeakyRelu>("relu", "y = max(x, 0)", () => Relu!, Fills.Normal(), Tolerance.Exact);

    /// <summary>The derivative at zero is zero; the output serves as well as the input.</summary>
    public static Operation<UnaryBackwardArguments> ReluBackward { get; } =
        UnaryGradient<LeakyRelu>("relu-backward", () => ReluBackward!, Fills.AwayFromZero(0.1), Tolerance.Element(1e-7));

    /// <summary>x where it is positive, else slope · x.</summary>
    public static Operation<LeakyReluArguments> LeakyRelu { get; } = Unary<LeakyRelu, LeakyReluArguments>(
        "leaky-relu",
        "y = x > 0 ? x : slope * x",
        () => LeakyRelu!,
        Fills.Normal(),
        Tolerance.Element(1e-7),
        [
            new(" slope 0.2", (x, y) => new() { Input = x, Output = y, NegativeSlope = 0.2f }),
            new(" slope -1", (x, y) => new() { Input = x, Output = y, NegativeSlope = -1 }),
        ]);

    /// <summary>The derivative at zero is the slope.</summary>
    public static Operation<LeakyReluBackwardArguments> LeakyReluBackward { get; } = UnaryGradient<LeakyRelu, LeakyReluBackwardArguments>(
        "leaky-relu-backward",
        () => LeakyReluBackward!,
        Fills.AwayFromZero(0.1),
        Tolerance.Element(1e-7),
        [new(" slope 0.2", (x, _, dy, dx) => new() { Input = x, OutputGradient = dy, InputGradient = dx, NegativeSlope = 0.2f })]);

    /// <summary>1 / (1 + e^-x).</summary>
    public static Operation<UnaryArguments> Sigmoid { get; } =
        Unary<Sigmoid>("sigmoid", "y = 1 / (1 + exp(-x))", () => Sigmoid!, Fills.Normal(0, 3), Tolerance.Element(2e-6));

    /// <summary>From the output.</summary>
    /// <remarks>1 - y cancels where y is near one: the error is that of y, relative to 1/4, the largest derivative.</remarks>
    public static Operation<UnaryBackwardFromOutputArguments> SigmoidBackward { get; } =
        UnaryGradientFromOutput<Sigmoid>("sigmoid-backward", () => SigmoidBackward!, Fills.Normal(0, 2), Tolerance.Element(1e-6, 2e-7));

    public static Operation<UnaryArguments> Tanh { get; } =
        Unary<Tanh>("tanh", "y = tanh(x)", () => Tanh!, Fills.Normal(), Tolerance.Element(2e-6));

    /// <summary>From the output.</summary>
    /// <remarks>1 - y cancels where y is near one: the error is that of y, relative to 1, the largest derivative.</remarks>
    public static Operation<UnaryBackwardFromOutputArguments> TanhBackward { get; } =
        UnaryGradientFromOutput<Tanh>("tanh-backward", () => TanhBackward!, Fills.Normal(), Tolerance.Element(1e-6, 1e-6));

    public static Operation<UnaryArguments> Exp { get; } =
        Unary<Exponential>("exp", "y = exp(x)", () => Exp!, Fills.Normal(0, 3), Tolerance.Element(2e-6));

    /// <summary>From the output.</summary>
    public static Operation<UnaryBackwardFromOutputArguments> ExpBackward { get; } =
        UnaryGradientFromOutput<Exponential>("exp-backward", () => ExpBackward!, Fills.Normal(), Tolerance.Element(2e-7));

    /// <summary>The natural logarithm.</summary>
    public static Operation<UnaryArguments> Log { get; } =
        Unary<Logarithm>("log", "y = ln(x)", () => Log!, Fills.Uniform(0.01, 3), Tolerance.Element(1e-6));

    public static Operation<UnaryBackwardArguments> LogBackward { get; } =
        UnaryGradient<Logarithm>("log-backward", () => LogBackward!, Fills.Uniform(0.2, 3), Tolerance.Element(1e-6));

    public static Operation<UnaryArguments> Sqrt { get; } =
        Unary<SquareRoot>("sqrt", "y = sqrt(x)", () => Sqrt!, Fills.Uniform(0, 3), Tolerance.Element(3e-7));

    /// <summary>From the output.</summary>
    public static Operation<UnaryBackwardFromOutputArguments> SqrtBackward { get; } =
        UnaryGradientFromOutput<SquareRoot>("sqrt-backward", () => SqrtBackward!, Fills.Uniform(0.2, 3), Tolerance.Element(1e-6));

    public static Operation<UnaryArguments> Square { get; } =
        Unary<Square>("square", "y = x * x", () => Square!, Fills.Normal(), Tolerance.Element(1e-7));

    public static Operation<UnaryBackwardArguments> SquareBackward { get; } =
        UnaryGradient<Square>("square-backward", () => SquareBackward!, Fills.Normal(), Tolerance.Element(1e-7, 1e-10));

    public static Operation<UnaryArguments> Abs { get; } =
        Unary<Absolute>("abs", "y = |x|", () => Abs!, Fills.Normal(), Tolerance.Exact);

    /// <summary>The derivative at zero is zero.</summary>
    public static Operation<UnaryBackwardArguments> AbsBackward { get; } =
        UnaryGradient<Absolute>("abs-backward", () => AbsBackward!, Fills.AwayFromZero(0.1), Tolerance.Element(1e-7));

    /// <summary>min(max(x, low), high).</summary>
    public static Operation<ClampArguments> Clamp { get; } = Unary<Clamp, ClampArguments>(
        "clamp",
        "y = min(max(x, low), high)",
        () => Clamp!,
        Fills.Normal(),
        Tolerance.Exact,
        [
            new(" both", (x, y) => new() { Input = x, Output = y, Low = -0.5f, High = 0.75f }),
            new(" above", (x, y) => new() { Input = x, Output = y, Low = float.NegativeInfinity, High = 0.25f }),
        ]);

    /// <summary>The derivative at the bounds is one.</summary>
    public static Operation<ClampBackwardArguments> ClampBackward { get; } = UnaryGradient<Clamp, ClampBackwardArguments>(
        "clamp-backward",
        () => ClampBackward!,
        Fills.Values(-2, -1.1, -0.9, 0.1, 0.7, 0.8, 3),
        Tolerance.Element(1e-7),
        [
            new(" both", (x, _, dy, dx) => new() { Input = x, OutputGradient = dy, InputGradient = dx, Low = -1, High = 0.75f }),
            new(" below", (x, _, dy, dx) => new() { Input = x, OutputGradient = dy, InputGradient = dx, Low = 0, High = float.PositiveInfinity }),
        ]);

    /// <summary>scale · x + shift; negation has the scale -1. Its own backward pass, with a shift of zero.</summary>
    public static Operation<AffineArguments> Affine { get; } = Unary<Affine, AffineArguments>(
        "affine",
        "y = scale * x + shift",
        () => Affine!,
        Fills.Normal(),
        Tolerance.Element(2e-7, 1e-6),
        [
            new(" 1.7 -0.3", (x, y) => new() { Input = x, Output = y, Scale = 1.7f, Shift = -0.3f }),
            new(" negated", (x, y) => new() { Input = x, Output = y, Scale = -1, Shift = 0 }),
        ]);

    private static Operation<UnaryArguments> Unary<TFunction>(
        string name, string summary, Func<Operation<UnaryArguments>> self, Fill fill, Tolerance tolerance)
        where TFunction : unmanaged, IUnaryFunction, IGpuUnaryFunction =>
        Unary<TFunction, UnaryArguments>(name, summary, self, fill, tolerance, [new("", (x, y) => new() { Input = x, Output = y })]);

    private static Operation<TArguments> Unary<TFunction, TArguments>(
        string name,
        string summary,
        Func<Operation<TArguments>> self,
        Fill fill,
        Tolerance tolerance,
        UnarySetting<TArguments>[] settings)
        where TFunction : unmanaged, IUnaryFunction, IGpuUnaryFunction
        where TArguments : struct, IOperationArguments, IUnaryArguments =>
        new(
            name,
            Family,
            summary,
            () => UnaryCases<TFunction>.Forward(self, settings, fill, tolerance),
            CpuVariant.Simd<TArguments, UnaryForward<TFunction, TArguments>>(),
            UnaryKernels<TFunction>.ForwardVariant<TArguments>());

    private static Operation<UnaryBackwardArguments> UnaryGradient<TFunction>(
        string name, Func<Operation<UnaryBackwardArguments>> self, Fill fill, Tolerance tolerance)
        where TFunction : unmanaged, IUnaryFunction, IGpuUnaryFunction =>
        UnaryGradient<TFunction, UnaryBackwardArguments>(
            name, self, fill, tolerance, [new("", (x, _, dy, dx) => new() { Input = x, OutputGradient = dy, InputGradient = dx })]);

    private static Operation<UnaryBackwardFromOutputArguments> UnaryGradientFromOutput<TFunction>(
        string name, Func<Operation<UnaryBackwardFromOutputArguments>> self, Fill fill, Tolerance tolerance)
        where TFunction : unmanaged, IUnaryFunction, IGpuUnaryFunction =>
        UnaryGradient<TFunction, UnaryBackwardFromOutputArguments>(
            name, self, fill, tolerance, [new("", (_, y, dy, dx) => new() { Output = y, OutputGradient = dy, InputGradient = dx })]);

    private static Operation<TArguments> UnaryGradient<TFunction, TArguments>(
        string name, Func<Operation<TArguments>> self, Fill fill, Tolerance tolerance, UnaryBackwardSetting<TArguments>[] settings)
        where TFunction : unmanaged, IUnaryFunction, IGpuUnaryFunction
        where TArguments : struct, IOperationArguments, IUnaryBackwardArguments =>
        new(
            name,
            Family,
            "dx = f'(x) * dy",
            () => UnaryCases<TFunction>.Backward(self, settings, fill, tolerance),
            CpuVariant.Simd<TArguments, UnaryBackward<TFunction, TArguments>>(),
            UnaryKernels<TFunction>.BackwardVariant<TArguments>());
}
