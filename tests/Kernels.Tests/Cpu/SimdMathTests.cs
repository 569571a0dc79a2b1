using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Cpu;
using static KernelDiff.Kernels.Tests.Cpu.SimdLanes;

namespace KernelDiff.Kernels.Tests.Cpu;

[TestFixture(typeof(Float128))]
[TestFixture(typeof(Float256))]
[TestFixture(typeof(Float512))]
internal sealed class SimdMathTests<T>
    where T : unmanaged, ISimd<T>
{
    private const float Infinity = float.PositiveInfinity;

    // A relative error of 2^-24 is half a unit in the last place. The functions may be off by two units; what lies below the
    // normal range is judged by its absolute error.
    private const double TwoUnits = 2.4e-7;

    [SetUp]
    public void Require() => RequireWidth<T>();

    [Test]
    public void Exp_is_accurate_over_the_whole_range() =>
        AssertClose(SimdMath.Exp, Math.Exp, BothSigns(110f), TwoUnits, 2e-45);

    [Test]
    public void Exp2_is_accurate_over_the_whole_range() =>
        AssertClose(SimdMath.Exp2, x => Math.Pow(2, x), BothSigns(160f), TwoUnits, 2e-45);

    [Test]
    public void Log_is_accurate_from_subnormal_to_largest() =>
        AssertClose(SimdMath.Log, Math.Log, [.. Sweep(float.Epsilon, float.MaxValue, 100_000), .. Sweep(0.9f, 1.1f, 20_000)], TwoUnits, 0);

    [Test]
    public void Tanh_is_accurate_relative_to_its_value() =>
        AssertClose(SimdMath.Tanh, Math.Tanh, BothSigns(20f), TwoUnits, 2e-45);

    [Test]
    public void Sigmoid_is_accurate_relative_to_its_value() =>
        AssertClose(SimdMath.Sigmoid, x => 1 / (1 + Math.Exp(-x)), BothSigns(120f), 4e-7, 1.2e-38);

    [Test]
    public void Silu_is_accurate_relative_to_its_value() =>
        AssertClose(SimdMath.Silu, x => x / (1 + Math.Exp(-x)), BothSigns(120f), 4e-7, 1e-36);

    [Test]
    public void SiluDerivative_is_accurate() =>
        AssertClose(SimdMath.SiluDerivative, SiluDerivative, BothSigns(120f), 4e-7, 2e-7);

    [Test]
    public void Erf_is_accurate_relative_to_its_value() =>
        AssertClose(SimdMath.Erf, ReferenceMath.Erf, BothSigns(12f), TwoUnits, 2e-45);

    [Test]
    public void Gelu_is_accurate_and_keeps_its_small_negative_tail() =>
        AssertClose(SimdMath.Gelu, x => x * ReferenceMath.NormalDistribution(x), BothSigns(6f), 4e-6, 2e-45);

    [Test]
    public void Gelu_is_accurate_to_rounding_where_it_is_not_tiny() =>
        AssertClose(SimdMath.Gelu, x => x * ReferenceMath.NormalDistribution(x), BothSigns(100f), 4e-7, 2e-9);

    [Test]
    public void GeluDerivative_is_accurate() =>
        AssertClose(SimdMath.GeluDerivative, GeluDerivative, BothSigns(30f), 4e-7, 2e-7);

    [Test]
    public void Limits_are_those_of_the_mathematics()
    {
        float[] arguments = [Infinity, -Infinity, float.NaN, 0f, -0f, float.MaxValue, -float.MaxValue];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Map<T>(SimdMath.Exp, arguments), Is.EqualTo([Infinity, 0f, float.NaN, 1f, 1f, Infinity, 0f]));
            Assert.That(Map<T>(SimdMath.Exp2, arguments), Is.EqualTo([Infinity, 0f, float.NaN, 1f, 1f, Infinity, 0f]));
            Assert.That(Map<T>(SimdMath.Tanh, arguments), Is.EqualTo([1f, -1f, float.NaN, 0f, 0f, 1f, -1f]));
            Assert.That(Map<T>(SimdMath.Sigmoid, arguments), Is.EqualTo([1f, 0f, float.NaN, 0.5f, 0.5f, 1f, 0f]));
            Assert.That(Map<T>(SimdMath.Silu, arguments), Is.EqualTo([Infinity, 0f, float.NaN, 0f, 0f, float.MaxValue, 0f]));
            Assert.That(Map<T>(SimdMath.Erf, arguments), Is.EqualTo([1f, -1f, float.NaN, 0f, 0f, 1f, -1f]));
            Assert.That(Map<T>(SimdMath.Gelu, arguments), Is.EqualTo([Infinity, 0f, float.NaN, 0f, 0f, float.MaxValue, 0f]));
            Assert.That(
                Map<T>(SimdMath.SiluDerivative, arguments), Is.EqualTo([1f, 0f, float.NaN, 0.5f, 0.5f, 1f, 0f]).Within(1e-36));
            Assert.That(
                Map<T>(SimdMath.GeluDerivative, arguments), Is.EqualTo([1f, 0f, float.NaN, 0.5f, 0.5f, 1f, 0f]).Within(1e-36));
        }
    }

    [Test]
    public void Log_of_zero_infinity_and_negative_numbers()
    {
        float[] arguments = [0f, -0f, -1f, -Infinity, Infinity, float.NaN, 1f, -float.Epsilon];
        Assert.That(
            Map<T>(SimdMath.Log, arguments),
            Is.EqualTo([-Infinity, -Infinity, float.NaN, float.NaN, Infinity, float.NaN, 0f, float.NaN]));
    }

    [Test]
    public void Odd_functions_keep_the_sign_of_zero()
    {
        float[] zeros = [0f, -0f];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Map<T>(SimdMath.Tanh, zeros).Select(float.IsNegative), Is.EqualTo([false, true]));
            Assert.That(Map<T>(SimdMath.Erf, zeros).Select(float.IsNegative), Is.EqualTo([false, true]));
        }
    }

    private static double SiluDerivative(double x)
    {
        double s = 1 / (1 + Math.Exp(-x));
        return s * (1 + x * (1 - s));
    }

    private static double GeluDerivative(double x) =>
        ReferenceMath.NormalDistribution(x) + x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    private static void AssertClose(
        Func<T, T> function, Func<double, double> reference, float[] arguments, double relative, double absolute)
    {
        float[] values = Map(function, arguments);
        (double Excess, float At, float Value, double Expected) worst = (0, 0, 0, 0);
        for (int i = 0; i < arguments.Length; i++)
        {
            double expected = reference(arguments[i]);
            bool overflows = float.IsInfinity((float)expected);
            double error = overflows && values[i] == (float)expected ? 0 : Math.Abs(values[i] - expected);
            double excess = error / (relative * Math.Abs(expected) + absolute);
            if (!(excess <= worst.Excess))
                worst = (excess, arguments[i], values[i], expected);
        }

        Assert.That(worst.Excess, Is.LessThanOrEqualTo(1), $"f({worst.At:R}) = {worst.Value:R}, should be {worst.Expected:R}");
    }
}
