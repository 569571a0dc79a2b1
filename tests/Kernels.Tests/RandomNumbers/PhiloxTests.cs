using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Kernels.Tests.RandomNumbers;

public sealed class PhiloxTests
{
    private const int Draws = 200_000;

    /// <summary>The known answers that the authors publish with Random123 for philox4x32-10.</summary>
    [TestCase(
        new[] { 0u, 0u, 0u, 0u }, new[] { 0u, 0u }, new[] { 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u })]
    [TestCase(
        new[] { 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu },
        new[] { 0xffffffffu, 0xffffffffu },
        new[] { 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu })]
    [TestCase(
        new[] { 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u },
        new[] { 0xa4093822u, 0x299f31d0u },
        new[] { 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u })]
    public void A_block_is_the_published_answer(uint[] counter, uint[] key, uint[] expected)
    {
        var (x, y, z, w) = Philox.Block(counter[0], counter[1], counter[2], counter[3], key[0], key[1]);

        Assert.That(new[] { x, y, z, w }, Is.EqualTo(expected));
    }

    [Test]
    public void Draws_are_those_of_the_device_operation_at_step_zero()
    {
        using var device = new CpuDevice(new DeviceOptions { Threads = 1 });
        var uniform = device.Allocate<float>(37);
        var normal = device.Allocate<float>(37);
        var key = new RandomKey { Seed = 0xFEDCBA9876543210, Stream = 9, FirstImage = 4 };
        RandomNumbersOperations.Uniform.Launch(device, new RandomArguments { Output = uniform, Images = 1, Elements = 37, Key = key });
        RandomNumbersOperations.Normal.Launch(device, new RandomArguments { Output = normal, Images = 1, Elements = 37, Key = key });

        var uniforms = new Philox(key.Seed, key.Stream, 4);
        var normals = new Philox(key.Seed, key.Stream, 4);
        Assert.That(Fill(37, uniforms.NextSingle), Is.EqualTo(uniform.ToArray()));
        Assert.That(Fill(37, normals.NextNormal), Is.EqualTo(normal.ToArray()).Within(2e-6f));
    }

    [Test]
    public void Seed_stream_and_either_half_of_the_image_index_each_give_other_numbers()
    {
        uint[][] firsts =
        [
            Fill(4, new Philox(1, 2).NextUInt32),
            Fill(4, new Philox(2, 2).NextUInt32),
            Fill(4, new Philox(1 | (1ul << 32), 2).NextUInt32),
            Fill(4, new Philox(1, 3).NextUInt32),
            Fill(4, new Philox(1, 2, 1).NextUInt32),
            Fill(4, new Philox(1, 2, 1ul << 32).NextUInt32),
        ];

        Assert.That(firsts.SelectMany(values => values), Is.Unique);
        Assert.That(Fill(4, new Philox(1, 2, 0).NextUInt32), Is.EqualTo(firsts[0]));
    }

    [Test]
    public void Uniform_numbers_fill_the_unit_interval_evenly()
    {
        var values = Fill(Draws, new Philox(7, 1).NextSingle);

        // Five standard deviations of the mean (0.289 / √n), of the variance (0.0745 / √n) and of a hundredth's count (√(0.0099 n)).
        Assert.That(values, Has.All.InRange(0f, 1f - (1f / (1 << 24))));
        Assert.That(values.Average(value => (double)value), Is.EqualTo(0.5).Within(5 * 0.289 / Math.Sqrt(Draws)));
        Assert.That(Variance(values), Is.EqualTo(1.0 / 12).Within(5 * 0.0745 / Math.Sqrt(Draws)));
        Assert.That(
            values.GroupBy(value => (int)(value * 100)).Select(group => (double)group.Count()).ToList(),
            Has.Count.EqualTo(100).And.All.EqualTo(Draws / 100.0).Within(5 * Math.Sqrt(0.0099 * Draws)));
    }

    [Test]
    public void Normal_numbers_have_the_moments_and_the_tails_of_the_normal_distribution()
    {
        var values = Fill(Draws, new Philox(7, 2).NextNormal);

        Assert.That(values.Average(value => (double)value), Is.Zero.Within(5 / Math.Sqrt(Draws)));
        Assert.That(Variance(values), Is.EqualTo(1).Within(5 * Math.Sqrt(2.0 / Draws)));
        foreach (var (bound, probability) in new[] { (1f, 0.158655), (2f, 0.0227501), (3f, 0.00134990) })
        {
            var allowed = 5 * Math.Sqrt(probability * Draws);
            Assert.That((double)values.Count(value => value > bound), Is.EqualTo(probability * Draws).Within(allowed), $"above {bound}");
            Assert.That((double)values.Count(value => value < -bound), Is.EqualTo(probability * Draws).Within(allowed), $"below -{bound}");
        }
    }

    [Test]
    public void Neighbouring_normal_numbers_are_not_correlated()
    {
        var values = Fill(Draws, new Philox(7, 3).NextNormal);
        foreach (var distance in new[] { 1, 2, 3, 4 })
        {
            var correlation = Enumerable.Range(0, Draws - distance).Average(i => (double)values[i] * values[i + distance]);
            Assert.That(correlation, Is.Zero.Within(5 / Math.Sqrt(Draws)), $"{distance} apart");
        }
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(10)]
    public void Integers_below_a_bound_are_equally_frequent(int bound)
    {
        var generator = new Philox(7, 4);
        var counts = new double[bound];
        for (var i = 0; i < Draws; i++)
        {
            counts[generator.Next(bound)]++;
        }

        Assert.That(counts, Has.All.EqualTo((double)Draws / bound).Within(5 * Math.Sqrt((double)Draws / bound)));
    }

    [Test]
    public void Integers_below_a_bound_that_does_not_divide_the_range_are_not_biased()
    {
        // Without rejection, multiples of three would come two thirds as often as the others.
        const int Bound = (int)((3L << 32) / 8);
        var generator = new Philox(7, 5);
        var counts = new double[3];
        for (var i = 0; i < Draws; i++)
        {
            counts[generator.Next(Bound) % 3]++;
        }

        Assert.That(counts, Has.All.EqualTo(Draws / 3.0).Within(5 * Math.Sqrt(Draws / 3.0)));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(1000)]
    public void A_permutation_has_every_index_once(int count)
    {
        var permutation = new Philox(7, 6).Permutation(count);

        Assert.That(permutation.Order(), Is.EqualTo(Enumerable.Range(0, count)));
        Assert.That(new Philox(7, 6).Permutation(count), Is.EqualTo(permutation));
    }

    [Test]
    public void Every_permutation_of_three_is_equally_frequent()
    {
        var generator = new Philox(7, 7);
        var counts = Enumerable.Range(0, 60_000)
            .Select(_ => string.Join(' ', generator.Permutation(3)))
            .GroupBy(text => text)
            .Select(group => (double)group.Count());

        Assert.That(counts.ToList(), Has.Count.EqualTo(6).And.All.EqualTo(10_000).Within(500));
    }

    [Test]
    public void A_bound_or_count_out_of_range_is_refused()
    {
        var generator = new Philox(0, 0);
        Assert.That(() => generator.Next(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => generator.Permutation(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static T[] Fill<T>(int count, Func<T> next)
    {
        var values = new T[count];
        foreach (ref var value in values.AsSpan())
        {
            value = next();
        }

        return values;
    }

    private static double Variance(float[] values)
    {
        var mean = values.Average(value => (double)value);
        return values.Average(value => (value - mean) * (value - mean));
    }
}
