using KernelDiff.Engine.Diffusion;

namespace KernelDiff.Engine.Tests.Diffusion;

[TestFixture]
public sealed class NoiseScheduleTests
{
    private static readonly NoiseSchedule Schedule = new(NoiseScheduleKind.Linear);

    /// <summary>Values of latent-diffusion's CelebA-HQ schedule, computed from its code.</summary>
    [TestCase(0, 0.9985)]
    [TestCase(100, 0.823117)]
    [TestCase(250, 0.508424)]
    [TestCase(500, 0.114922)]
    [TestCase(750, 0.008334)]
    [TestCase(999, 0.000142)]
    public void The_linear_schedule_is_linear_in_the_square_root_of_beta(int timestep, double alpha) =>
        Assert.That(Schedule.AlphasCumulative[timestep], Is.EqualTo(alpha).Within(5e-7));

    [Test]
    public void With_an_offset_of_one_the_P2_weight_is_the_noise_level_to_the_power_of_gamma()
    {
        var weights = new P2Weighting(1, 0.5).Weights(Schedule);
        for (var t = 0; t < 1000; t += 37)
        {
            Assert.That(weights[t], Is.EqualTo(Math.Sqrt(1 - Schedule.AlphasCumulative[t])).Within(1e-12));
        }

        Assert.That(weights.Average(), Is.EqualTo(0.8172).Within(1e-4));
    }

    [Test]
    public void Without_an_exponent_every_weight_is_one() =>
        Assert.That(P2Weighting.None.Weights(Schedule), Is.All.EqualTo(1));

    [Test]
    public void Sigma_between_timesteps_lies_between_its_neighbours_and_meets_them()
    {
        Assert.That(Schedule.Sigma(500), Is.EqualTo(Math.Sqrt(1 / Schedule.SignalToNoise(500))).Within(1e-12));
        Assert.That(Schedule.Sigma(500.5), Is.GreaterThan(Schedule.Sigma(500)).And.LessThan(Schedule.Sigma(501)));
    }

    [TestCase(0)]
    [TestCase(-5)]
    public void A_schedule_without_timesteps_is_refused(int timesteps) =>
        Assert.That(() => new NoiseSchedule(NoiseScheduleKind.Linear, timesteps), Throws.TypeOf<ArgumentOutOfRangeException>());
}
