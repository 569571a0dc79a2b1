using System.Text.RegularExpressions;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>Every kernel compiles to PTX, and the text keeps the promises that make it a GPU kernel.</summary>
[TestFixture(70)]
[TestFixture(80)]
[TestFixture(90)]
public sealed partial class PtxTests(int architecture)
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
        var ptx = compiler.Compile(kernel);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ptx, Does.Not.Contain(".local"), "an array or a spilled struct lives in local memory");
            Assert.That(ptx, Does.Not.Contain(".f64"), "a double has crept in");
            Assert.That(AdjacentBarriers().IsMatch(ptx), Is.False, "two barriers without work between: loads were moved past one");
            Assert.That(SharedBytes(ptx), Is.LessThanOrEqualTo(48 * 1024), "shared memory that every GPU grants");
        }
    }

    private static int SharedBytes(string ptx) =>
        SharedAllocation().Matches(ptx).Sum(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));

    [GeneratedRegex(@"bar\.sync[^;]*;\s*bar\.sync")]
    private static partial Regex AdjacentBarriers();

    [GeneratedRegex(@"\.shared\s+\.align\s+\d+\s+\.b8\s+\w+\[(\d+)\]")]
    private static partial Regex SharedAllocation();
}
