using KernelDiff.Engine.Diffusion;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Engine.Tests.Diffusion;

/// <summary>
/// On data that is normally distributed the best noise prediction is known, and with it the exact solution: each sampler's error must
/// fall with the number of steps as its order says.
/// </summary>
[TestFixture]
public sealed class SamplerConvergenceTests
{
    private const double Mean = 0.7;
    private const double Deviation = 0.4;

    private CpuDevice device = null!;
    private Session session = null!;

    private static readonly NoiseSchedule Schedule = new(NoiseScheduleKind.Linear);

    [SetUp]
    public void Open()
    {
        device = new CpuDevice();
        session = new Session(device);
    }

    [TearDown]
    public void Close()
    {
        session.Dispose();
        device.Dispose();
    }

    [TestCase("euler", 1)]
    [TestCase("heun", 2)]
    [TestCase("dpm++", 2)]
    public void The_error_falls_with_the_order_of_the_sampler(string name, int order)
    {
        Sampler sampler = name switch
        {
            "euler" => ContinuousSamplers.Euler(),
            "heun" => ContinuousSamplers.Heun(),
            _ => ContinuousSamplers.DpmSolverPlusPlus(),
        };
        var coarse = Error(sampler, 20);
        var fine = Error(sampler, 80);

        // Four times the steps: the error falls by 4^order, within a factor that allows for the terms of higher order.
        Assert.That(Math.Log(coarse / fine, 4), Is.EqualTo(order).Within(0.45), $"errors {coarse:G3} and {fine:G3}");
    }

    [Test]
    public void Deterministic_Ddim_approaches_the_exact_solution()
    {
        var coarse = Error(DiscreteSamplers.Ddim(), 20, discrete: true);
        var fine = Error(DiscreteSamplers.Ddim(), 200, discrete: true);
        Assert.That(fine, Is.LessThan(coarse / 5));
    }

    [Test]
    public void Ancestral_sampling_reproduces_mean_and_deviation_of_the_data()
    {
        const int Count = 4096;
        var random = new Random(3);
        var timesteps = Enumerable.Range(0, 250).Select(i => 999.0 - (4 * i)).ToArray();
        using var scope = session.BeginScope();
        var result = DiscreteSamplers.Ddpm()(
            Normal(random, Count), Predict, Schedule, timesteps, _ => Normal(random, Count), null).ToArray();
        var mean = result.Average(value => (double)value);
        var deviation = Math.Sqrt(result.Average(value => (value - mean) * (value - mean)));

        // Four standard errors of a sample of this size, and the discretisation's own error.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mean, Is.EqualTo(Mean).Within(4 * Deviation / Math.Sqrt(Count)));
            Assert.That(deviation, Is.EqualTo(Deviation).Within(0.03));
        }
    }

    /// <summary>Largest difference from the exact solution, over a few starting points.</summary>
    private double Error(Sampler sampler, int steps, bool discrete = false)
    {
        float[] starts = [-2, -0.5f, 0.3f, 1.5f];
        var timesteps = discrete ? SamplingTimesteps.Ddim(1000, steps) : SamplingTimesteps.EvenInLogSigma(Schedule, steps);
        using var scope = session.BeginScope();
        var result = sampler(
            session.FromValues<float>(starts, new TensorShape(starts.Length)),
            Predict,
            Schedule,
            timesteps,
            _ => throw new InvalidOperationException("a deterministic sampler asked for noise"),
            null).ToArray();

        // All end at timestep 0; but for DDIM as the reference has it, they then go to the clean latent that is predicted there.
        var end = Schedule.Sigma(0);
        return starts.Select((start, i) =>
        {
            var exact = Exact(start, timesteps[0], end);
            var last = discrete
                ? exact * Math.Sqrt(Schedule.AlphasCumulative[0])
                : Mean + ((exact - Mean) * Deviation * Deviation / ((Deviation * Deviation) + (end * end)));
            return Math.Abs(last - result[i]);
        }).Max();
    }

    /// <summary>The probability flow keeps (x - mean) / sqrt(s² + σ²), x being the latent over its signal level.</summary>
    private static double Exact(double latent, double timestep, double endSigma)
    {
        var sigma = Schedule.Sigma(timestep);
        var x = latent * Math.Sqrt(1 + (sigma * sigma));
        return Mean + ((x - Mean) * Math.Sqrt((Deviation * Deviation) + (endSigma * endSigma)) / Math.Sqrt((Deviation * Deviation) + (sigma * sigma)));
    }

    /// <summary>e = σ (x - mean) / (s² + σ²), with x the latent over its signal level.</summary>
    private Tensor Predict(Tensor latent, double timestep)
    {
        var sigma = Schedule.Sigma(timestep);
        var factor = sigma / ((Deviation * Deviation) + (sigma * sigma));
        return Elementwise.Affine(latent, (float)(factor * Math.Sqrt(1 + (sigma * sigma))), (float)(-factor * Mean));
    }

    private Tensor Normal(Random random, int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return session.FromValues<float>(values, new TensorShape(count));
    }
}
