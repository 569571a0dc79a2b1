using KernelDiff.Engine.Diffusion;

namespace KernelDiff.Engine.Sampling;

/// <summary>The samplers by the names that users give.</summary>
public static class SamplerCatalog
{
    private static readonly Dictionary<string, (Func<double, Sampler> Create, Func<NoiseSchedule, int, double[]> Timesteps, int Steps)> Entries = new()
    {
        ["ddim"] = (eta => DiscreteSamplers.Ddim(eta), Discrete, 50),
        ["ddpm"] = (_ => DiscreteSamplers.Ddpm(), Discrete, 1000),
        ["plms"] = (_ => DiscreteSamplers.Plms(), Discrete, 50),
        ["dpm++"] = (_ => ContinuousSamplers.DpmSolverPlusPlus(), SamplingTimesteps.EvenInLogSigma, 20),
        ["euler"] = (_ => ContinuousSamplers.Euler(), SamplingTimesteps.EvenInLogSigma, 50),
        ["heun"] = (_ => ContinuousSamplers.Heun(), SamplingTimesteps.EvenInLogSigma, 25),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Entries.Keys];

    /// <summary>How many steps a sampler takes if nobody says.</summary>
    public static int DefaultSteps(string name) => Entries[name].Steps;

    /// <summary>A sampler.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="eta">Noise of DDIM, 0 to 1; the others ignore it.</param>
    /// <exception cref="KeyNotFoundException">There is no such sampler.</exception>
    public static Sampler Create(string name, double eta) => Entries[name].Create(eta);

    /// <summary>The timesteps that a sampler visits.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="schedule">Of the model.</param>
    /// <param name="steps">1 to the schedule's number of timesteps.</param>
    public static double[] Timesteps(string name, NoiseSchedule schedule, int steps) => Entries[name].Timesteps(schedule, steps);

    private static double[] Discrete(NoiseSchedule schedule, int steps) => SamplingTimesteps.Ddim(schedule.Timesteps, steps);
}
