using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

public static partial class PointwiseOperations
{
    /// <summary>The gradients of additions, subtractions and scaled additions.</summary>
    public static Operation<ScaledAddBackwardArguments> ScaledAddBackward { get; } = new(
        "scaled-add-backward",
        Family,
        "dleft = leftScale * dy, dright = rightScale * dy, summed where repeated",
        () => BinaryBackwardCases.Backward<ScaledAddBackwardArguments>(
            () => ScaledAddBackward!,
            (operands, left, right) => new()
            {
                OutputGradient = operands.Single("outputGradient"),
                LeftGradient = operands.Single("leftGradient"),
                RightGradient = operands.Single("rightGradient"),
                LeftShape = left,
                RightShape = right,
                LeftScale = 0.8f,
                RightScale = -1.7f,
            },
            new BinaryDerivatives((l, r) => (0.8f * l) + (-1.7f * r), (_, _) => 0.8f, (_, _) => -1.7f, Fills.Normal(), Fills.Normal())),
        CpuVariant.Simd<ScaledAddBackwardArguments, BinaryBackward<ScaledAddRule, ScaledAddBackwardArguments>>(),
        GradientKernels.Variant<ScaledAddRule, ScaledAddBackwardArguments>());

    public static Operation<BinaryBackwardArguments> MultiplyBackward { get; } = BinaryGradient<MultiplyRule>(
        "multiply-backward",
        "dleft = dy * right, dright = dy * left, summed where repeated",
        () => MultiplyBackward!,
        new BinaryDerivatives((l, r) => l * r, (_, r) => r, (l, _) => l, Fills.Normal(), Fills.Normal()));

    public static Operation<BinaryBackwardArguments> DivideBackward { get; } = BinaryGradient<DivideRule>(
        "divide-backward",
        "dleft = dy / right, dright = -dy * left / right^2, summed where repeated",
        () => DivideBackward!,
        new BinaryDerivatives((l, r) => l / r, (_, r) => 1 / r, (l, r) => -l / (r * r), Fills.Normal(), Fills.AwayFromZero(0.5)));

    /// <summary>Operands that are equal get half each.</summary>
    public static Operation<BinaryBackwardArguments> MinimumBackward { get; } = BinaryGradient<MinimumRule>(
        "minimum-backward",
        "dy to the smaller operand, summed where repeated",
        () => MinimumBackward!,
        new BinaryDerivatives(Math.Min, (l, r) => Share(r, l), Share, EvenTenths, OddTenths));

    /// <summary>Operands that are equal get half each.</summary>
    public static Operation<BinaryBackwardArguments> MaximumBackward { get; } = BinaryGradient<MaximumRule>(
        "maximum-backward",
        "dy to the larger operand, summed where repeated",
        () => MaximumBackward!,
        new BinaryDerivatives(Math.Max, Share, (l, r) => Share(r, l), EvenTenths, OddTenths));

    /// <summary>whenTrue where condition is not zero, else whenFalse, with broadcasting.</summary>
    public static Operation<WhereArguments> Where { get; } = new(
        "where",
        Family,
        "y = condition ? whenTrue : whenFalse",
        () => WhereCases.Forward(() => Where!),
        CpuVariant.Simd<WhereArguments, Where>(),
        WhereKernels.Variant);

    public static Operation<WhereBackwardArguments> WhereBackward { get; } = new(
        "where-backward",
        Family,
        "dy to the operand that was chosen, summed where repeated",
        () => WhereCases.Backward(() => WhereBackward!),
        CpuVariant.Simd<WhereBackwardArguments, BinaryBackward<WhereRule, WhereBackwardArguments>>(),
        GradientKernels.Variant<WhereRule, WhereBackwardArguments>());

    /// <summary>d max(a, b) / da.</summary>
    private static double Share(double a, double b) => a > b ? 1 : a == b ? 0.5 : 0;

    /// <summary>Never equal to an odd tenth, so that finite differences of extrema meet no kink.</summary>
    private static void EvenTenths(CaseValues values, Random random, Span<double> destination)
    {
        foreach (ref var element in destination)
        {
            element = random.Next(-10, 10) / 5.0;
        }
    }

    private static void OddTenths(CaseValues values, Random random, Span<double> destination)
    {
        foreach (ref var element in destination)
        {
            element = (random.Next(-10, 10) / 5.0) + 0.1;
        }
    }

    private static Operation<BinaryBackwardArguments> BinaryGradient<TRule>(
        string name, string summary, Func<Operation<BinaryBackwardArguments>> self, BinaryDerivatives derivatives)
        where TRule : IGradientRule<BinaryBackwardArguments> =>
        new(
            name,
            Family,
            summary,
            () => BinaryBackwardCases.Backward<BinaryBackwardArguments>(
                self,
                (operands, left, right) => new()
                {
                    Left = operands.Single("left"),
                    Right = operands.Single("right"),
                    OutputGradient = operands.Single("outputGradient"),
                    LeftGradient = operands.Single("leftGradient"),
                    RightGradient = operands.Single("rightGradient"),
                    LeftShape = left,
                    RightShape = right,
                },
                derivatives),
            CpuVariant.Simd<BinaryBackwardArguments, BinaryBackward<TRule, BinaryBackwardArguments>>(),
            GradientKernels.Variant<TRule, BinaryBackwardArguments>());
}
