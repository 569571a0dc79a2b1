namespace KernelDiff.Kernels.Pointwise;

/// <summary>Operations that treat every element on its own.</summary>
public static partial class PointwiseOperations
{
    private const string Family = "Pointwise";

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All =>
    [
        Silu, SiluBackward,
        Gelu, GeluBackward,
        Relu, ReluBackward,
        LeakyRelu, LeakyReluBackward,
        Sigmoid, SigmoidBackward,
        Tanh, TanhBackward,
        Exp, ExpBackward,
        Log, LogBackward,
        Sqrt, SqrtBackward,
        Square, SquareBackward,
        Abs, AbsBackward,
        Clamp, ClampBackward,
        Affine,
        Add, Subtract, ScaledAdd, ScaledAddBackward,
        Multiply, MultiplyBackward,
        Divide, DivideBackward,
        Minimum, MinimumBackward,
        Maximum, MaximumBackward,
        Compare,
        Where, WhereBackward,
        Mix,
        Geglu, GegluBackward,
        Dropout,
    ];
}
