using KernelDiff.Kernels;
using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Runner.Tests;

/// <summary>Operations that run SiLU and expect something of it, so that <c>bench</c> meets right and wrong results.</summary>
internal static class PlantedOperations
{
    private const int Length = 1000;

    /// <summary>Its reference is SiLU.</summary>
    public static Operation<UnaryArguments> Right { get; } = Create("right", () => Right!, x => x / (1 + Math.Exp(-x)));

    /// <summary>Its reference is ReLU.</summary>
    public static Operation<UnaryArguments> Wrong { get; } = Create("wrong", () => Wrong!, x => Math.Max(x, 0));

    private static Operation<UnaryArguments> Create(string name, Func<Operation<UnaryArguments>> self, Func<double, double> reference) => new(
        name,
        "Planted",
        "SiLU",
        () =>
        [
            Case(self, reference, "1000", CaseScale.Benchmark),
            Case(self, reference, "1000 small", CaseScale.Small),
            Case(self, reference, "tiny", CaseScale.Tiny),
        ],
        [.. PointwiseOperations.Silu.Variants.Cast<Variant<UnaryArguments>>()]);

    private static OperationCase Case(
        Func<Operation<UnaryArguments>> operation, Func<double, double> reference, string name, CaseScale scale) => new()
        {
            Name = name,
            Operands = [Operand.Input("input", Length, Fills.Normal()), Operand.Output("output", Length)],
            Launch = (device, operands) => operation().Launch(device, new UnaryArguments
            {
                Input = operands.Single("input"),
                Output = operands.Single("output"),
            }),
            Reference = CaseReference.Elements((values, _, index) => reference(values["input"][index])),
            Tolerance = Tolerance.Element(2e-6, 1e-7),
            Scale = scale,
        };
}
