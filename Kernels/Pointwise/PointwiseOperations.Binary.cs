using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

public static partial class PointwiseOperations
{
    /// <summary>left + right, with broadcasting. Backward: <see cref="ScaledAddBackward"/> with the scales 1 and 1.</summary>
    public static Operation<BinaryArguments> Add { get; } = Binary<Add>(
        "add", "y = left + right", () => Add!, (l, r) => l + r, Fills.Normal(), Tolerance.Element(1e-7),
        BinaryKernels<ScaledAdd>.Variant<BinaryArguments>((1, 1)), isBenchmarked: true);

    /// <summary>left - right, with broadcasting. Backward: <see cref="ScaledAddBackward"/> with the scales 1 and -1.</summary>
    public static Operation<BinaryArguments> Subtract { get; } = Binary<Subtract>(
        "subtract", "y = left - right", () => Subtract!, (l, r) => l - r, Fills.Normal(), Tolerance.Element(1e-7),
        BinaryKernels<ScaledAdd>.Variant<BinaryArguments>((1, -1)));

    /// <summary>left · right, with broadcasting.</summary>
    public static Operation<BinaryArguments> Multiply { get; } = Binary<Multiply>(
        "multiply", "y = left * right", () => Multiply!, (l, r) => l * r, Fills.Normal(), Tolerance.Element(1e-7),
        BinaryKernels<Multiply>.Variant<BinaryArguments>());

    /// <summary>left / right, with broadcasting.</summary>
    public static Operation<BinaryArguments> Divide { get; } = Binary<Divide>(
        "divide", "y = left / right", () => Divide!, (l, r) => l / r, Fills.AwayFromZero(0.2), Tolerance.Element(4e-7),
        BinaryKernels<Divide>.Variant<BinaryArguments>());

    /// <summary>The smaller element, NaN where either is NaN, with broadcasting.</summary>
    public static Operation<BinaryArguments> Minimum { get; } = Binary<Minimum>(
        "minimum", "y = min(left, right)", () => Minimum!, Math.Min, FewValues, Tolerance.Exact,
        BinaryKernels<Extremum>.Variant<BinaryArguments>((-1, 0)));

    /// <summary>The larger element, NaN where either is NaN, with broadcasting.</summary>
    public static Operation<BinaryArguments> Maximum { get; } = Binary<Maximum>(
        "maximum", "y = max(left, right)", () => Maximum!, Math.Max, FewValues, Tolerance.Exact,
        BinaryKernels<Extremum>.Variant<BinaryArguments>((1, 0)));

    /// <summary>leftScale · left + rightScale · right, with broadcasting.</summary>
    public static Operation<ScaledAddArguments> ScaledAdd { get; } = new(
        "scaled-add",
        Family,
        "y = leftScale * left + rightScale * right",
        () => BinaryCases.Forward<ScaledAddArguments>(
            () => ScaledAdd!,
            (left, right, output, leftShape, rightShape) => new()
            {
                Left = left,
                Right = right,
                Output = output,
                LeftShape = leftShape,
                RightShape = rightShape,
                LeftScale = 0.8f,
                RightScale = -1.7f,
            },
            (l, r) => (0.8f * l) + (-1.7f * r),
            Fills.Normal(),
            Fills.Normal(),
            Tolerance.Element(2e-7, 5e-7),
            isBenchmarked: false),
        CpuVariant.Simd<ScaledAddArguments, BinaryForward<ScaledAdd, ScaledAddArguments>>(),
        BinaryKernels<ScaledAdd>.Variant<ScaledAddArguments>());

    /// <summary>1 where the comparison holds, else 0, with broadcasting. Has no gradient.</summary>
    public static Operation<CompareArguments> Compare { get; } = new(
        "compare",
        Family,
        "y = left ? right : 1 or 0",
        () => BinaryCases.Comparisons(() => Compare!, FewValues),
        CpuVariant.Simd<CompareArguments, BinaryForward<Compare, CompareArguments>>(),
        BinaryKernels<Compare>.Variant<CompareArguments>());

    /// <summary>Few enough that operands are often equal, NaN among them.</summary>
    private static void FewValues(CaseValues values, Random random, Span<double> destination)
    {
        foreach (ref var element in destination)
        {
            var draw = random.Next(-2, 4);
            element = draw == 3 ? double.NaN : draw;
        }
    }

    private static Operation<BinaryArguments> Binary<TFunction>(
        string name,
        string summary,
        Func<Operation<BinaryArguments>> self,
        BinaryReference reference,
        Fill fill,
        Tolerance tolerance,
        Variant<BinaryArguments> gpu,
        bool isBenchmarked = false)
        where TFunction : unmanaged, IBinaryFunction =>
        new(
            name,
            Family,
            summary,
            () => BinaryCases.Forward<BinaryArguments>(
                self,
                (left, right, output, leftShape, rightShape) => new()
                {
                    Left = left,
                    Right = right,
                    Output = output,
                    LeftShape = leftShape,
                    RightShape = rightShape,
                },
                reference,
                fill,
                fill,
                tolerance,
                isBenchmarked),
            CpuVariant.Simd<BinaryArguments, BinaryForward<TFunction, BinaryArguments>>(),
            gpu);
}
