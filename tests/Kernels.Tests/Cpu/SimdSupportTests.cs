using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Cpu;

internal sealed class SimdSupportTests
{
    [Test]
    public void Parse_takes_the_widths_that_this_processor_has()
    {
        foreach (SimdWidth width in SimdSupport.Supported)
            Assert.That(SimdSupport.Parse($"{(int)width}"), Is.EqualTo(width));
    }

    [Test]
    public void Parse_takes_the_preferred_width_when_nothing_is_asked_for()
    {
        Assert.That(SimdSupport.Parse(null), Is.EqualTo(SimdSupport.Preferred));
        Assert.That(SimdSupport.Supported, Does.Contain(SimdSupport.Preferred));
    }

    [TestCase("1024")]
    [TestCase("avx2")]
    [TestCase("-512")]
    public void Parse_refuses_other_text_and_names_the_choices(string text) =>
        Assert.That(
            () => SimdSupport.Parse(text),
            Throws.ArgumentException.With.Message.Contain(SimdSupport.EnvironmentVariable).And.Message.Contain("128, 256 or 512"));
}
