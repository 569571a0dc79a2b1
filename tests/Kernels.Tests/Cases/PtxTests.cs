using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>Every kernel compiles to PTX, and the text keeps the promises that make it a GPU kernel.</summary>
[TestFixture(70)]
[TestFixture(80)]
[TestFixture(90)]
public sealed class PtxTests(int architecture)
{
    private PtxCompiler compiler = null!;

    public static IEnumerable<TestCaseData> Kernels => OperationRegistry.All
        .SelectMany(operation => operation.Variants)
        .OfType<IGpuVariant>()
        .SelectMany(variant => variant.Kernels)
        .DistinctBy(kernel => kernel.Name)
        .Select(kernel => new TestCaseData(kernel).SetArgDisplayNames(kernel.Name));

    [OneTimeSetUp]
    public void CreateCompiler() => compiler = new PtxCompiler(architecture);

    [OneTimeTearDown]
    public void DisposeCompiler() => compiler.Dispose();

    [TestCaseSource(nameof(Kernels))]
    public void A_kernel_compiles_without_local_memory_double_arithmetic_or_adjacent_barriers(GpuKernel kernel)
    {
        var facts = PtxFacts.Of(compiler.Compile(kernel));
        Assert.That(facts.Warnings, Is.Empty);
        Assert.That(facts.Instructions, Is.Positive);
    }
}
