namespace KernelDiff.Engine.Diffusion;

/// <summary>Which timesteps a sampler visits; descending.</summary>
public static class SamplingTimesteps
{
    /// <summary>
    /// Latent-diffusion's DDIM steps: every c-th timestep plus one, c = timesteps / steps rounded down, which gives more steps than asked
    /// for where they do not divide. Where the plus one would pass the last timestep (as the reference does, and fails), it is left out.
    /// </summary>
    /// <param name="timesteps">Of the noise schedule.</param>
    /// <param name="steps">1 to <paramref name="timesteps"/>.</param>
    public static double[] Ddim(int timesteps, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, timesteps);
        var distance = timesteps / steps;
        var count = (timesteps + distance - 1) / distance;
        var shift = ((count - 1) * distance) + 1 < timesteps ? 1 : 0;
        var visited = new double[count];
        for (var i = 0; i < count; i++)
        {
            visited[count - 1 - i] = (i * distance) + shift;
        }

        return visited;
    }

    /// <summary>
    /// Evenly spaced in the logarithm of the noise level, from the last timestep to the first: what DPM-Solver assumes. Spaced evenly in
    /// time, the last steps would each halve the noise however many steps there are.
    /// </summary>
    public static double[] EvenInLogSigma(NoiseSchedule schedule, int steps)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        double last = schedule.Timesteps - 1;
        var (high, low) = (Math.Log(schedule.Sigma(last)), Math.Log(schedule.Sigma(0)));
        var visited = new double[steps];
        for (var i = 0; i < steps; i++)
        {
            visited[i] = steps == 1 ? last : Invert(schedule, high + ((low - high) * i / (steps - 1)));
        }

        return visited;
    }

    /// <summary>The timestep of a noise level, by bisection: the level rises with the timestep.</summary>
    private static double Invert(NoiseSchedule schedule, double logSigma)
    {
        var (low, high) = (0.0, schedule.Timesteps - 1.0);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Math.Log(schedule.Sigma(middle)) < logSigma ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }
}
