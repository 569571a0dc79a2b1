namespace KernelDiff.Runner.Tests;

public sealed class UnitsTests
{
    [TestCase(0, "-")]
    [TestCase(1023, "1023 B")]
    [TestCase(1536, "1.5 KiB")]
    [TestCase(512L << 20, "512 MiB")]
    [TestCase(80L << 30, "80 GiB")]
    public void Bytes_are_in_binary_units(long bytes, string expected) => Assert.That(Units.Bytes(bytes), Is.EqualTo(expected));

    [TestCase(0.00000123, "1.2 us")]
    [TestCase(0.0123, "12.30 ms")]
    [TestCase(12.3, "12.30 s")]
    public void Seconds_take_the_unit_that_fits(double seconds, string expected) => Assert.That(Units.Seconds(seconds), Is.EqualTo(expected));

    [TestCase(1.234e9, "1.23")]
    [TestCase(12.34e9, "12.3")]
    [TestCase(123.4e9, "123")]
    public void Giga_keeps_three_digits(double perSecond, string expected) => Assert.That(Units.Giga(perSecond), Is.EqualTo(expected));
}
