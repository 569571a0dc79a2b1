namespace KernelDiff.Engine.Diffusion;

/// <summary>
/// Perception-prioritised weights (Choi et al., 2022): the loss at timestep t is multiplied by (k + SNR_t)^-gamma. The plain noise loss
/// already has the variational bound's weight divided out, so the numerator is 1.
/// </summary>
/// <param name="Offset">k, usually 1, which makes the weight (1 - ᾱ_t)^gamma.</param>
/// <param name="Exponent">gamma; 0 is the plain loss.</param>
public readonly record struct P2Weighting(double Offset, double Exponent)
{
    /// <summary>No weighting.</summary>
    public static P2Weighting None => new(1, 0);

    /// <summary>The weight of every timestep.</summary>
    public double[] Weights(NoiseSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var weights = new double[schedule.Timesteps];
        for (var t = 0; t < weights.Length; t++)
        {
            weights[t] = Math.Pow(Offset + schedule.SignalToNoise(t), -Exponent);
        }

        return weights;
    }
}
