namespace KernelDiff.Kernels.Tests.Cases;

[TestFixture]
public sealed class RegistryTests
{
    [Test]
    public void Names_of_operations_are_unique() =>
        Assert.That(OperationRegistry.All.Select(operation => operation.Name), Is.Unique);

    /// <summary>A third of a second to a second each on a build server. <c>.ci/run</c> prints the count.</summary>
    [Test]
    public void The_kernels_are_at_most_250_OpenCL_programs()
    {
        var programs = OperationRegistry.All
            .SelectMany(operation => operation.Variants)
            .Where(variant => (variant.RunsOn & DeviceClass.OpenClCpu) != 0)
            .SelectMany(variant => variant.KernelNames)
            .Distinct()
            .Count();
        TestContext.Out.WriteLine($"OpenCL programs: {programs} of at most 250");
        Assert.That(programs, Is.LessThanOrEqualTo(250));
    }

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.Operations))]
    public void Every_operation_has_cases_with_unique_names(Operation operation)
    {
        Assert.That(operation.Cases, Is.Not.Empty);
        Assert.That(operation.Cases.Select(operationCase => operationCase.Name), Is.Unique);
    }

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.Operations))]
    public void Every_operation_runs_on_the_cpu_and_on_every_class_that_executes_kernels(Operation operation)
    {
        var covered = operation.Variants.Aggregate(DeviceClass.None, (classes, variant) => classes | variant.RunsOn);
        Assert.That(covered, Is.EqualTo(DeviceClass.Simd | DeviceClass.AnyIlgpu));
    }

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.BackwardOperations))]
    public void Every_backward_operation_is_checked_against_finite_differences(Operation operation) =>
        Assert.That(operation.Cases.Any(operationCase => operationCase.Gradient is not null), Is.True);
}
