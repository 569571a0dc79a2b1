using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Tests.Cpu;

namespace KernelDiff.Kernels.Tests.Matmul;

[TestFixture(typeof(Float128))]
[TestFixture(typeof(Float256))]
[TestFixture(typeof(Float512))]
internal sealed unsafe class GemmChainsTests<T>
    where T : unmanaged, ISimd<T>
{
    [SetUp]
    public void Require() => SimdLanes.RequireWidth<T>();

    [TestCase(128, 128, 2048, 8)]
    [TestCase(512, 128, 2048, 4)]
    [TestCase(128, 64, 8192, 16)]
    [TestCase(192, 192, 512, 1)]
    [TestCase(128, 64, 8191, 1)]
    public void Chains_are_as_many_as_the_elements_allow(int rows, int columns, int depth, int chains)
    {
        using var operands = new Operands(rows, columns, depth, true, false);
        Assert.That(GemmChains.Count(operands.Problem()), Is.EqualTo(chains));
    }

    [Test]
    public void Only_plain_products_with_a_transposed_A_are_cut()
    {
        using var operands = new Operands(16, 16, 2048, true, false);
        var problem = operands.Problem();
        Assert.Multiple(() =>
        {
            Assert.That(GemmChains.Count(problem), Is.GreaterThan(1));
            Assert.That(GemmChains.Count(problem with { TransposeA = false }), Is.EqualTo(1));
            Assert.That(GemmChains.Count(problem with { TransposeB = true }), Is.EqualTo(1));
            Assert.That(GemmChains.Count(problem with { Alpha = 2 }), Is.EqualTo(1));
            Assert.That(GemmChains.Count(problem with { Beta = 0.5f }), Is.EqualTo(1));
            Assert.That(GemmChains.Count(problem with { Bias = operands.Bias }), Is.EqualTo(1));
            Assert.That(GemmChains.Count(problem with { Residual = operands.Residual }), Is.EqualTo(1));
        });
    }

    [Test]
    public void A_product_in_chains_agrees_with_double_precision([Values(0f, 1f)] float beta)
    {
        using var device = new CpuDevice(new DeviceOptions { Threads = 3 });
        foreach (var (rows, columns, depth) in new[] { (24, 40, 2048), (33, 19, 1024), (1, 1, 512) })
        {
            using var operands = new Operands(rows, columns, depth, true, false);
            var problem = operands.Problem() with { Beta = beta };
            Assert.That(GemmChains.Count(problem), Is.GreaterThan(1));
            operands.Check(problem, () => Gemm.Run<T>(device, problem));
        }
    }

    [Test]
    public void Rows_of_the_result_may_lie_apart()
    {
        const int Columns = 40;
        const int Fewer = 19;
        using var device = new CpuDevice(new DeviceOptions { Threads = 3 });
        using var operands = new Operands(33, Columns, 1024, true, false);
        Gemm.Run<T>(device, operands.Problem());
        var whole = operands.ReadC();
        new Span<float>(operands.C, whole.Length).Fill(float.NaN);
        Gemm.Run<T>(device, operands.Problem() with { Columns = Fewer });
        var found = operands.ReadC();
        for (var i = 0; i < found.Length; i++)
        {
            Assert.That(found[i], Is.EqualTo(i % Columns < Fewer ? whole[i] : float.NaN), $"row {i / Columns}, column {i % Columns}");
        }
    }
}
