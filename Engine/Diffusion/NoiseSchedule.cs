namespace KernelDiff.Engine.Diffusion;

/// <summary>The betas that latent-diffusion's <c>make_beta_schedule</c> knows.</summary>
public enum NoiseScheduleKind
{
    /// <summary>Linear in the square root of beta: what its configurations call "linear".</summary>
    Linear,

    /// <summary>Cosine of the signal level (Nichol and Dhariwal, 2021).</summary>
    Cosine,

    /// <summary>Linear in beta itself.</summary>
    SqrtLinear,

    /// <summary>The square root of a linear beta.</summary>
    Sqrt,
}

/// <summary>
/// How much noise there is at each timestep t: x_t = sqrt(ᾱ_t) · x_0 + sqrt(1 - ᾱ_t) · noise, with ᾱ_t the product of 1 - beta up to t.
/// </summary>
public sealed class NoiseSchedule
{
    private const double CosineOffset = 8e-3;
    private const double MaximumBeta = 0.999;

    private readonly double[] betas;
    private readonly double[] alphasCumulative;

    /// <param name="kind">The form of the betas.</param>
    /// <param name="timesteps">Number of timesteps.</param>
    /// <param name="start">First beta; unused by the cosine.</param>
    /// <param name="end">Last beta; unused by the cosine.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no timesteps, or a beta would not be between 0 and 1.</exception>
    public NoiseSchedule(NoiseScheduleKind kind, int timesteps = 1000, double start = 0.0015, double end = 0.0195)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timesteps, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(end, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, start);
        Kind = kind;
        betas = kind switch
        {
            NoiseScheduleKind.Linear => Squares(Linear(Math.Sqrt(start), Math.Sqrt(end), timesteps)),
            NoiseScheduleKind.SqrtLinear => Linear(start, end, timesteps),
            NoiseScheduleKind.Sqrt => Array.ConvertAll(Linear(start, end, timesteps), Math.Sqrt),
            _ => Cosine(timesteps),
        };
        alphasCumulative = new double[timesteps];
        var product = 1.0;
        for (var t = 0; t < timesteps; t++)
        {
            alphasCumulative[t] = product *= 1 - betas[t];
        }
    }

    public NoiseScheduleKind Kind { get; }

    /// <summary>Number of timesteps.</summary>
    public int Timesteps => betas.Length;

    public ReadOnlySpan<double> Betas => betas;

    /// <summary>ᾱ_t: the part of the variance of x_t that is signal.</summary>
    public ReadOnlySpan<double> AlphasCumulative => alphasCumulative;

    /// <summary>Signal-to-noise ratio ᾱ_t / (1 - ᾱ_t).</summary>
    public double SignalToNoise(int timestep) => alphasCumulative[timestep] / (1 - alphasCumulative[timestep]);

    /// <summary>
    /// Deviation of the noise where the signal is not scaled, sqrt((1 - ᾱ) / ᾱ), at a timestep that may lie between two: its logarithm is
    /// interpolated.
    /// </summary>
    /// <param name="timestep">0 to <see cref="Timesteps"/> - 1.</param>
    public double Sigma(double timestep)
    {
        var low = Math.Clamp((int)Math.Floor(timestep), 0, Timesteps - 1);
        var high = Math.Min(low + 1, Timesteps - 1);
        var part = timestep - low;
        return Math.Exp(((1 - part) * LogSigma(low)) + (part * LogSigma(high)));
    }

    private double LogSigma(int timestep) => -0.5 * Math.Log(SignalToNoise(timestep));

    private static double[] Linear(double from, double to, int count)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = count == 1 ? from : from + ((to - from) * i / (count - 1));
        }

        return values;
    }

    private static double[] Squares(double[] values) => Array.ConvertAll(values, value => value * value);

    private static double[] Cosine(int count)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = Math.Clamp(1 - (Level(i + 1) / Level(i)), 0, MaximumBeta);
        }

        return values;

        double Level(int step)
        {
            var cosine = Math.Cos(((step / (double)count) + CosineOffset) / (1 + CosineOffset) * Math.PI / 2);
            return cosine * cosine;
        }
    }
}
