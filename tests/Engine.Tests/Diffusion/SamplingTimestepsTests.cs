using KernelDiff.Engine.Diffusion;

namespace KernelDiff.Engine.Tests.Diffusion;

[TestFixture]
public sealed class SamplingTimestepsTests
{
    [TestCase(200, 200, 996, 1)]
    [TestCase(50, 50, 981, 1)]
    [TestCase(100, 100, 991, 1)]
    [TestCase(8, 8, 876, 1)]
    [TestCase(6, 7, 997, 1)]
    public void Ddim_steps_are_those_of_the_reference(int steps, int count, double first, double last)
    {
        var timesteps = SamplingTimesteps.Ddim(1000, steps);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(timesteps, Has.Length.EqualTo(count));
            Assert.That(timesteps[0], Is.EqualTo(first));
            Assert.That(timesteps[^1], Is.EqualTo(last));
        }
    }

    [Test]
    public void No_number_of_steps_passes_the_last_timestep()
    {
        for (var steps = 1; steps <= 1000; steps++)
        {
            var timesteps = SamplingTimesteps.Ddim(1000, steps);
            Assert.That(timesteps, Is.Ordered.Descending);
            Assert.That(timesteps[0], Is.LessThan(1000));
            Assert.That(timesteps[^1], Is.Zero.Or.EqualTo(1));
        }
    }

    [TestCase(3)]
    [TestCase(27)]
    [TestCase(101)]
    [TestCase(501)]
    [TestCase(1000)]
    public void Where_the_reference_would_pass_the_last_timestep_its_shift_is_left_out(int steps) =>
        Assert.That(SamplingTimesteps.Ddim(1000, steps)[^1], Is.Zero);
}
