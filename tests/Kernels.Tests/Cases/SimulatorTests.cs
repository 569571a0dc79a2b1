using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>Every tiny case on ILGPU's simulator, with bounds assertions, in a child process.</summary>
[TestFixture]
public sealed class SimulatorTests
{
    private readonly CaseChild child = new("sim");

    [OneTimeTearDown]
    public void EndChild() => child.Dispose();

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.Simulated))]
    public void Kernels_stay_in_bounds_and_agree_with_the_reference(Operation operation, OperationCase operationCase) =>
        Assert.That(child.Run(CaseSource.Key(operation, operationCase)), Is.Null);
}
