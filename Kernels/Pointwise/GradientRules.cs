namespace KernelDiff.Kernels.Pointwise;

internal readonly struct ScaledAddRule : IGradientRule<ScaledAddBackwardArguments>
{
    public static (GradientRequest Left, GradientRequest Right) Requests(in ScaledAddBackwardArguments arguments)
    {
        var left = new GradientRequest
        {
            Kind = GradientKind.Scaled,
            Constant = arguments.LeftScale,
            OutputGradient = arguments.OutputGradient,
            OutputShape = arguments.OutputShape,
            Target = arguments.LeftGradient,
            TargetShape = arguments.LeftShape,
        };
        return (left, left with
        {
            Constant = arguments.RightScale,
            Target = arguments.RightGradient,
            TargetShape = arguments.RightShape,
        });
    }
}

internal readonly struct MultiplyRule : IGradientRule<BinaryBackwardArguments>
{
    public static (GradientRequest Left, GradientRequest Right) Requests(in BinaryBackwardArguments arguments) =>
        (arguments.ForLeft(GradientKind.Product) with { First = arguments.Right, FirstShape = arguments.RightShape },
        arguments.ForRight(GradientKind.Product) with { First = arguments.Left, FirstShape = arguments.LeftShape });
}

internal readonly struct DivideRule : IGradientRule<BinaryBackwardArguments>
{
    public static (GradientRequest Left, GradientRequest Right) Requests(in BinaryBackwardArguments arguments) =>
        (arguments.ForLeft(GradientKind.Quotient) with { First = arguments.Right, FirstShape = arguments.RightShape },
        arguments.ForRight(GradientKind.Divisor) with
        {
            First = arguments.Left,
            FirstShape = arguments.LeftShape,
            Second = arguments.Right,
            SecondShape = arguments.RightShape,
        });
}

internal readonly struct MinimumRule : IGradientRule<BinaryBackwardArguments>
{
    public static (GradientRequest Left, GradientRequest Right) Requests(in BinaryBackwardArguments arguments) =>
        ExtremumRule.Requests(arguments, -1);
}

internal readonly struct MaximumRule : IGradientRule<BinaryBackwardArguments>
{
    public static (GradientRequest Left, GradientRequest Right) Requests(in BinaryBackwardArguments arguments) =>
        ExtremumRule.Requests(arguments, 1);
}

internal readonly struct WhereRule : IGradientRule<WhereBackwardArguments>
{
    public static (GradientRequest Left, GradientRequest Right) Requests(in WhereBackwardArguments arguments)
    {
        var whenTrue = new GradientRequest
        {
            Kind = GradientKind.Mask,
            Constant = 1,
            First = arguments.Condition,
            FirstShape = arguments.ConditionShape,
            OutputGradient = arguments.OutputGradient,
            OutputShape = arguments.OutputShape,
            Target = arguments.WhenTrueGradient,
            TargetShape = arguments.WhenTrueShape,
        };
        return (whenTrue, whenTrue with
        {
            Constant = 0,
            Target = arguments.WhenFalseGradient,
            TargetShape = arguments.WhenFalseShape,
        });
    }
}

internal static class ExtremumRule
{
    /// <param name="arguments">The contract.</param>
    /// <param name="sign">1 for the maximum, -1 for the minimum.</param>
    public static (GradientRequest Left, GradientRequest Right) Requests(in BinaryBackwardArguments arguments, float sign) =>
        (arguments.ForLeft(GradientKind.Extremum) with
        {
            Constant = sign,
            First = arguments.Left,
            FirstShape = arguments.LeftShape,
            Second = arguments.Right,
            SecondShape = arguments.RightShape,
        },
        arguments.ForRight(GradientKind.Extremum) with
        {
            Constant = sign,
            First = arguments.Right,
            FirstShape = arguments.RightShape,
            Second = arguments.Left,
            SecondShape = arguments.LeftShape,
        });
}

internal static class GradientRuleExtensions
{
    public static GradientRequest ForLeft(this in BinaryBackwardArguments arguments, GradientKind kind) => new()
    {
        Kind = kind,
        OutputGradient = arguments.OutputGradient,
        OutputShape = arguments.OutputShape,
        Target = arguments.LeftGradient,
        TargetShape = arguments.LeftShape,
    };

    public static GradientRequest ForRight(this in BinaryBackwardArguments arguments, GradientKind kind) =>
        arguments.ForLeft(kind) with { Target = arguments.RightGradient, TargetShape = arguments.RightShape };
}
