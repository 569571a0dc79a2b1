using KernelDiff.Kernels.Cpu;
using static KernelDiff.Kernels.Tests.Cpu.SimdLanes;

namespace KernelDiff.Kernels.Tests.Cpu;

[TestFixture(typeof(Float128))]
[TestFixture(typeof(Float256))]
[TestFixture(typeof(Float512))]
internal sealed unsafe class SimdTests<T>
    where T : unmanaged, ISimd<T>
{
    private const float Infinity = float.PositiveInfinity;

    private static readonly float[] s_values =
    [
        0f, -0f, 1f, -1f, 0.5f, 1.5f, 2.5f, -2.5f, 3.49999976f, -7.25f, 1e-40f, -1e-40f, 1e30f, -3e38f,
        Infinity, -Infinity, float.NaN, float.Epsilon, float.MaxValue,
    ];

    // Every value meets every value.
    private static readonly float[] s_left = [.. s_values.SelectMany(left => s_values.Select(_ => left))];
    private static readonly float[] s_right = [.. s_values.SelectMany(_ => s_values)];

    [SetUp]
    public void Require() => RequireWidth<T>();

    [Test]
    public void Arithmetic_agrees_with_scalar_arithmetic_bit_for_bit()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Map<T>((a, b) => a + b, s_left, s_right), Is.EqualTo(s_left.Zip(s_right, (a, b) => a + b)));
            Assert.That(Map<T>((a, b) => a - b, s_left, s_right), Is.EqualTo(s_left.Zip(s_right, (a, b) => a - b)));
            Assert.That(Map<T>((a, b) => a * b, s_left, s_right), Is.EqualTo(s_left.Zip(s_right, (a, b) => a * b)));
            Assert.That(Map<T>((a, b) => a / b, s_left, s_right), Is.EqualTo(s_left.Zip(s_right, (a, b) => a / b)));
            Assert.That(Map<T>(a => -a, s_values), Is.EqualTo(s_values.Select(a => -a)));
            Assert.That(Map<T>(T.Abs, s_values), Is.EqualTo(s_values.Select(MathF.Abs)));
            Assert.That(Map<T>(T.Sqrt, s_values), Is.EqualTo(s_values.Select(MathF.Sqrt)));
            Assert.That(Map<T>(T.Reciprocal, s_values), Is.EqualTo(s_values.Select(a => 1 / a)));
            Assert.That(Map<T>(T.Floor, s_values), Is.EqualTo(s_values.Select(MathF.Floor)));
            Assert.That(Map<T>(T.Ceiling, s_values), Is.EqualTo(s_values.Select(MathF.Ceiling)));
            Assert.That(Map<T>(T.Round, s_values), Is.EqualTo(s_values.Select(a => MathF.Round(a))));
            Assert.That(Map<T>(T.CopySign, s_left, s_right), Is.EqualTo(s_left.Zip(s_right, MathF.CopySign)));
        }
    }

    [Test]
    public void MultiplyAdd_rounds_at_most_twice()
    {
        // 1 - (1 + e)(1 - e) is e^2 when rounded once and 0 when the product is rounded first.
        const float Epsilon = 1f / 4096;
        float fused = ToArray(T.NegatedMultiplyAdd(T.Create(1 + Epsilon), T.Create(1 - Epsilon), T.Create(1f)))[0];
        float sum = ToArray(T.MultiplyAdd(T.Create(3f), T.Create(5f), T.Create(7f)))[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fused, Is.EqualTo(Epsilon * Epsilon).Or.Zero);
            Assert.That(sum, Is.EqualTo(22f));
        }
    }

    [Test]
    public void Min_and_Max_propagate_NaN_from_either_side()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Map<T>(T.Min, s_left, s_right), Is.EqualTo(s_left.Zip(s_right, MathF.Min)));
            Assert.That(Map<T>(T.Max, s_left, s_right), Is.EqualTo(s_left.Zip(s_right, MathF.Max)));
        }
    }

    [Test]
    public void Native_minimum_and_maximum_keep_NaN_in_the_second_operand()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Map<T>(x => T.MinNative(T.Create(2f), x), s_values), Is.EqualTo(s_values.Select(x => MathF.Min(2f, x))));
            Assert.That(Map<T>(x => T.MaxNative(T.Create(2f), x), s_values), Is.EqualTo(s_values.Select(x => MathF.Max(2f, x))));
        }
    }

    [Test]
    public void Comparisons_make_masks_that_choose_lanes()
    {
        float[] Chosen(Func<T, T, T> compare) =>
            Map<T>((a, b) => T.Select(compare(a, b), T.Create(1f), T.Create(2f)), s_left, s_right);
        IEnumerable<float> Expected(Func<float, float, bool> compare) => s_left.Zip(s_right, (a, b) => compare(a, b) ? 1f : 2f);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Chosen(T.Equal), Is.EqualTo(Expected((a, b) => a == b)));
            Assert.That(Chosen(T.LessThan), Is.EqualTo(Expected((a, b) => a < b)));
            Assert.That(Chosen(T.LessThanOrEqual), Is.EqualTo(Expected((a, b) => a <= b)));
            Assert.That(Chosen(T.GreaterThan), Is.EqualTo(Expected((a, b) => a > b)));
            Assert.That(Chosen(T.GreaterThanOrEqual), Is.EqualTo(Expected((a, b) => a >= b)));
            Assert.That(Chosen((a, b) => T.IsNaN(a) & T.IsNaN(b)), Is.EqualTo(Expected((a, b) => float.IsNaN(a) && float.IsNaN(b))));
            Assert.That(Chosen((a, b) => T.IsNaN(a) | T.IsNaN(b)), Is.EqualTo(Expected((a, b) => float.IsNaN(a) || float.IsNaN(b))));
            Assert.That(Chosen((a, b) => T.IsNaN(a) ^ T.IsNaN(b)), Is.EqualTo(Expected((a, b) => float.IsNaN(a) != float.IsNaN(b))));
        }
    }

    [Test]
    public void Any_and_All_look_at_every_lane()
    {
        using (Assert.EnterMultipleScope())
        {
            for (int lane = 0; lane < T.Width; lane++)
            {
                T one = T.Equal(T.Indices, T.Create(lane));
                Assert.That(T.Any(one), Is.True);
                Assert.That(T.All(one), Is.False);
                Assert.That(T.All(T.Select(one, T.Zero, T.Equal(T.Zero, T.Zero))), Is.False);
            }

            Assert.That(T.Any(T.LessThan(T.Indices, T.Zero)), Is.False);
            Assert.That(T.All(T.GreaterThanOrEqual(T.Indices, T.Zero)), Is.True);
        }
    }

    [Test]
    public void Partial_loads_and_stores_touch_the_first_lanes_only()
    {
        float[] source = [.. Enumerable.Range(1, T.Width).Select(i => (float)i)];
        using (Assert.EnterMultipleScope())
        {
            for (int count = 0; count <= T.Width; count++)
            {
                float[] destination = [.. Enumerable.Repeat(-1f, T.Width)];
                fixed (float* s = source, d = destination)
                {
                    Assert.That(ToArray(T.LoadPartial(s, count)), Is.EqualTo(source.Select((x, i) => i < count ? x : 0f)));
                    Assert.That(ToArray(T.LoadPartial(s, count, T.Create(9f))), Is.EqualTo(source.Select((x, i) => i < count ? x : 9f)));
                    T.StorePartial(T.Load(s), d, count);
                }

                Assert.That(destination, Is.EqualTo(source.Select((x, i) => i < count ? x : -1f)));
            }
        }
    }

    [Test]
    public void Partial_accesses_do_not_fault_at_the_end_of_a_page()
    {
        // The block ends where an unmapped page may follow; a vector that reached beyond it could crash the process, so the
        // accesses run against a page whose successor was made inaccessible.
        using var page = new GuardedPage();
        for (int count = 0; count < T.Width; count++)
        {
            float* last = (float*)page.End - count;
            T.StorePartial(T.Indices, last, count);
            Assert.That(ToArray(T.LoadPartial(last, count)), Is.EqualTo(Enumerable.Range(0, T.Width).Select(i => i < count ? (float)i : 0f)));
        }
    }

    [Test]
    public void Sum_adds_halves_in_a_fixed_order()
    {
        float[] lanes = [.. Enumerable.Range(0, T.Width).Select(i => MathF.Pow(-1.7f, i) + 0.1f)];
        float[] folded = [.. lanes];
        for (int half = T.Width / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
                folded[i] += folded[i + half];
        }

        Assert.That(T.Sum(Vector<T>(lanes)), Is.EqualTo(folded[0]));
    }

    [Test]
    public void Extremes_across_lanes_find_every_lane_and_propagate_NaN()
    {
        using (Assert.EnterMultipleScope())
        {
            for (int lane = 0; lane < T.Width; lane++)
            {
                T here = T.Equal(T.Indices, T.Create(lane));
                Assert.That(T.MaxAcross(T.Select(here, T.Create(-1f), T.Create(-2f))), Is.EqualTo(-1f));
                Assert.That(T.MinAcross(T.Select(here, T.Create(1f), T.Create(2f))), Is.EqualTo(1f));
                Assert.That(T.MaxAcross(T.Select(here, T.Create(float.NaN), T.Create(2f))), Is.NaN);
                Assert.That(T.MinAcross(T.Select(here, T.Create(float.NaN), T.Create(2f))), Is.NaN);
            }
        }
    }

    [Test]
    public void ScaleByPowerOfTwo_rounds_once_over_the_whole_range()
    {
        float[] exponents = [.. Enumerable.Range(-200, 401).Select(n => (float)n)];
        foreach (float value in new[] { 1f, 1.9999999f, -0.70710677f, 1.3333334f })
        {
            float[] scaled = Map<T>(n => T.ScaleByPowerOfTwo(T.Create(value), n), exponents);
            Assert.That(scaled, Is.EqualTo(exponents.Select(n => (float)Math.ScaleB((double)value, (int)n))));
        }
    }

    [Test]
    public void Exponent_and_Mantissa_take_a_number_apart()
    {
        float[] values = Sweep(1.17549435e-38f, float.MaxValue, 10_000);
        float[] exponents = Map<T>(T.Exponent, values);
        float[] mantissas = Map<T>(T.Mantissa, values);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exponents, Is.EqualTo(values.Select(x => (float)MathF.ILogB(x))));
            Assert.That(mantissas, Is.EqualTo(values.Select(x => MathF.ScaleB(x, -MathF.ILogB(x)))));
        }
    }

    [Test]
    public void TransposeBlock_exchanges_rows_and_columns()
    {
        int sourceStride = T.Width + 3;
        int destinationStride = T.Width + 1;
        float[] source = [.. Enumerable.Range(0, T.Width * sourceStride).Select(i => (float)i)];
        float[] destination = [.. Enumerable.Repeat(-1f, T.Width * destinationStride)];
        fixed (float* s = source, d = destination)
        {
            T.TransposeBlock(s, sourceStride, d, destinationStride);
        }

        for (int i = 0; i < destination.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, destinationStride);
            Assert.That(destination[i], Is.EqualTo(column < T.Width ? source[column * sourceStride + row] : -1f));
        }
    }
}
