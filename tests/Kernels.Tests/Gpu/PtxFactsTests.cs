using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Tests.Gpu;

[TestFixture]
public sealed class PtxFactsTests
{
    private const string Kernel =
        """
        .version 8.0
        .target sm_80
        .visible .entry Kernel(
            .param .b64 _p
        )
        {
            .reg .f32 %f<4>;
            .shared .align 4 .b8 tile[1024];
            .shared .align 16 .b8 other[64];
            ld.param.b64 %rd1, [_p];
            L_1:
            ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1];
            @%p1 bra L_1;
            fma.rn.f32 %f1, %f2, %f3, %f4;
            fma.rn.ftz.f32 %f1, %f2, %f3, %f4;
            st.shared.f32 [%r1], %f1;
            bar.sync 0;
            ret;
        }
        """;

    [Test]
    public void Instructions_are_counted_by_operation_and_space_and_directives_are_none()
    {
        var facts = PtxFacts.Of(Kernel);

        Assert.That(facts.Target, Is.EqualTo("sm_80"));
        Assert.That(facts.Instructions, Is.EqualTo(8));
        Assert.That(
            facts.Mix.Select(count => $"{count.Name} {count.Count}"),
            Is.EqualTo(new[] { "fma 2", "bar 1", "bra 1", "ld.global 1", "ld.param 1", "ret 1", "st.shared 1" }));
    }

    [Test]
    public void Shared_memory_is_the_sum_of_all_allocations() => Assert.That(PtxFacts.Of(Kernel).SharedBytes, Is.EqualTo(1088));

    [Test]
    public void A_good_kernel_has_no_warnings() => Assert.That(PtxFacts.Of(Kernel).Warnings, Is.Empty);

    [TestCase("bar.sync 0;", "bar.sync 0;\n    bar.sync 0;", "two barriers")]
    [TestCase("fma.rn.f32", "fma.rn.f64", ".f64")]
    [TestCase("st.shared.f32", "st.local.f32", ".local")]
    [TestCase("other[64]", "other[48129]", "49153 bytes of shared memory")]
    public void What_makes_a_kernel_slow_or_wrong_is_named(string text, string replacement, string expected)
    {
        var facts = PtxFacts.Of(Kernel.Replace(text, replacement, StringComparison.Ordinal));

        Assert.That(facts.Warnings, Has.Count.EqualTo(1));
        Assert.That(facts.Warnings[0], Does.Contain(expected));
    }

    [Test]
    public void OpenCL_is_generated_without_a_device_as_drivers_get_it()
    {
        using var compiler = new OpenClCompiler();
        var kernel = PointwiseOperations.Silu.Variants.OfType<IGpuVariant>().First().Kernels[0];

        var source = compiler.Compile(kernel);

        Assert.That(source, Does.Contain("kernel void").And.Contain("get_local_id"));
        Assert.That(source, Does.Not.Contain("__generic"));
    }

    [Test]
    public void A_kernel_with_tiles_uses_shared_memory_and_barriers()
    {
        using var compiler = new PtxCompiler(80);
        var facts = MatmulOperations.All
            .SelectMany(operation => operation.Variants)
            .OfType<IGpuVariant>()
            .SelectMany(variant => variant.Kernels)
            .DistinctBy(kernel => kernel.Name)
            .Select(kernel => PtxFacts.Of(compiler.Compile(kernel)))
            .MaxBy(found => found.SharedBytes)!;

        Assert.That(facts.SharedBytes, Is.InRange(1024, PtxFacts.GrantedSharedBytes));
        Assert.That(facts.Mix.Select(count => count.Name), Does.Contain("bar").And.Contain("ld.shared").And.Contain("st.shared"));
    }
}
