using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>Every tiny case on ILGPU's simulator, with bounds assertions, in a child process.</summary>
[TestFixture]
public sealed class SimulatorTests
{
    private IReadOnlyDictionary<string, string?> failures = null!;

    [OneTimeSetUp]
    public void RunChild() =>
        failures = ChildRunner.Run("sim", [.. CaseSource.Tiny.Select(data =>
            CaseSource.Key((Operation)data.Arguments[0]!, (OperationCase)data.Arguments[1]!))]);

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.Tiny))]
    public void Kernels_stay_in_bounds_and_agree_with_the_reference(Operation operation, OperationCase operationCase) =>
        Assert.That(failures[CaseSource.Key(operation, operationCase)], Is.Null);
}
