using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>The cases of an element-wise function.</summary>
/// <typeparam name="TFunction">The function.</typeparam>
internal static class UnaryCases<TFunction>
    where TFunction : IUnaryFunction
{
    /// <summary>Both zeros, numbers that overflow or vanish when e is raised to them, infinities, NaN.</summary>
    private static readonly double[] Extremes =
    [
        double.NegativeInfinity, -1e30, -200, -95, -1, -1e-30, -0.0, 0, 1e-30, 1, 95, 200, 1e30, double.PositiveInfinity, double.NaN,
    ];

    /// <summary>Ragged lengths: a lone element, a part of a vector, more than one work item.</summary>
    /// <param name="operation">The operation under test.</param>
    /// <param name="settings">Contracts with different constants; the first one runs at every length.</param>
    /// <param name="fill">The input.</param>
    /// <param name="tolerance">For all values.</param>
    public static IEnumerable<OperationCase> Forward<TArguments>(
        Func<Operation<TArguments>> operation, UnarySetting<TArguments>[] settings, Fill fill, Tolerance tolerance)
        where TArguments : struct, IOperationArguments, IUnaryArguments
    {
        foreach (var (length, scale) in new[]
        {
            (1, CaseScale.Tiny), (1000, CaseScale.Tiny), (40003, CaseScale.Small), (1 << 22, CaseScale.Benchmark),
        })
        {
            yield return Forward(operation, settings[0], fill, tolerance, length) with { Scale = scale };
        }

        foreach (var setting in settings)
        {
            yield return Forward(operation, setting, fill, tolerance, 37);
            var extremes = Forward(operation, setting, Fills.Values(Extremes), tolerance, Extremes.Length);
            yield return extremes with { Name = extremes.Name + " extremes" };
        }
    }

    /// <summary>As the forward cases; the tiny ones are compared with finite differences too.</summary>
    /// <param name="operation">The operation under test.</param>
    /// <param name="settings">Contracts with different constants; the first one runs at every length.</param>
    /// <param name="fill">The input; away from kinks.</param>
    /// <param name="tolerance">For all values.</param>
    public static IEnumerable<OperationCase> Backward<TArguments>(
        Func<Operation<TArguments>> operation, UnaryBackwardSetting<TArguments>[] settings, Fill fill, Tolerance tolerance)
        where TArguments : struct, IOperationArguments, IUnaryBackwardArguments
    {
        foreach (var (length, scale) in new[] { (1, CaseScale.Tiny), (300, CaseScale.Tiny), (40003, CaseScale.Small) })
        {
            yield return Backward(operation, settings[0], fill, tolerance, length, scale == CaseScale.Tiny) with { Scale = scale };
        }

        foreach (var setting in settings)
        {
            yield return Backward(operation, setting, fill, tolerance, 37, isChecked: true);

            // The derivative at NaN is nobody's business.
            var finite = Extremes[..^1];
            var extremes = Backward(operation, setting, Fills.Values(finite), tolerance, finite.Length, isChecked: false);
            yield return extremes with { Name = extremes.Name + " extremes" };
        }
    }

    private static OperationCase Forward<TArguments>(
        Func<Operation<TArguments>> operation, UnarySetting<TArguments> setting, Fill fill, Tolerance tolerance, int length)
        where TArguments : struct, IOperationArguments, IUnaryArguments => new()
        {
            Name = $"{length}{setting.Label}",
            Operands = [Operand.Input("input", length, fill), Operand.Output("output", length)],
            Launch = (device, operands) => operation().Launch(device, setting.Create(operands.Single("input"), operands.Single("output"))),
            Reference = ForwardReference(setting.Create(default, default).Constants),
            Tolerance = tolerance,
        };

    private static OperationCase Backward<TArguments>(
        Func<Operation<TArguments>> operation,
        UnaryBackwardSetting<TArguments> setting,
        Fill fill,
        Tolerance tolerance,
        int length,
        bool isChecked)
        where TArguments : struct, IOperationArguments, IUnaryBackwardArguments
    {
        var (a, b) = setting.Create(default, default, default, default).Constants;
        var forward = new OperationCase
        {
            Name = "forward",
            Operands = [Operand.Input("input", length, fill), Operand.Output("output", length)],
            Launch = (_, _) => throw new InvalidOperationException("This case exists for its reference."),
            Reference = ForwardReference((a, b)),
            Tolerance = tolerance,
        };
        return new OperationCase
        {
            Name = $"{length}{setting.Label}",
            Operands =
            [
                Operand.Input("input", length, fill),
                Operand.Input("output", length, Fills.Derived(values => Array.ConvertAll(values["input"], x => TFunction.Reference(x, a, b)))),
                Operand.Input("outputGradient", length, Fills.Normal()),
                Operand.Output("inputGradient", length),
            ],
            Launch = (device, operands) => operation().Launch(device, setting.Create(
                operands.Single("input"), operands.Single("output"), operands.Single("outputGradient"), operands.Single("inputGradient"))),
            Reference = CaseReference.Elements((values, _, i) =>
                TFunction.ReferenceDerivative(values["input"][i], a, b) * values["outputGradient"][i]),
            Gradient = isChecked ? new GradientCheck(forward, [("output", "outputGradient")], [("input", "inputGradient")]) : null,
            Tolerance = tolerance,
        };
    }

    private static CaseReference ForwardReference((float A, float B) constants) =>
        CaseReference.Elements((values, _, i) => TFunction.Reference(values["input"][i], constants.A, constants.B));
}

/// <summary>A contract with given constants.</summary>
/// <param name="Label">What distinguishes it in the name of a case; begins with a space, or is empty.</param>
/// <param name="Create">From input and output.</param>
internal sealed record UnarySetting<TArguments>(string Label, Func<DeviceSpan<float>, DeviceSpan<float>, TArguments> Create);

/// <summary>A backward contract with given constants.</summary>
/// <param name="Label">What distinguishes it in the name of a case; begins with a space, or is empty.</param>
/// <param name="Create">From input, output, output gradient and input gradient.</param>
internal sealed record UnaryBackwardSetting<TArguments>(
    string Label, Func<DeviceSpan<float>, DeviceSpan<float>, DeviceSpan<float>, DeviceSpan<float>, TArguments> Create);
