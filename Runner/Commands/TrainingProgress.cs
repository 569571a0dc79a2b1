using System.Diagnostics;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;
using TrainingConfiguration = KernelDiff.Engine.Configuration.TrainingConfiguration;

namespace KernelDiff.Runner.Commands;

/// <summary>
/// One line on the terminal: step, loss and its trend, gradient norm, images per second, what remains, memory. Where stderr is no
/// terminal, a line now and then.
/// </summary>
internal sealed class TrainingProgress : IDisposable
{
    private const int Window = 50;
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(30);

    private readonly CommandContext context;
    private readonly TrainingConfiguration configuration;
    private readonly Device device;
    private readonly Queue<TrainingStep> recent = new();
    private readonly Queue<double> means = new();
    private long lastLine = Stopwatch.GetTimestamp();

    public TrainingProgress(CommandContext context, TrainingConfiguration configuration, Device device, int firstStep)
    {
        this.context = context;
        this.configuration = configuration;
        this.device = device;
        context.Log(Verbosity.Verbose, $"{configuration.Steps - firstStep} steps of {configuration.ImagesPerStep} images");
    }

    /// <summary>Mean of the last steps.</summary>
    public double RecentLoss => recent.Count == 0 ? double.NaN : recent.Average(step => (double)step.Loss);

    public void Show(TrainingStep step)
    {
        recent.Enqueue(step);
        if (recent.Count > Window)
        {
            recent.Dequeue();
        }

        means.Enqueue(RecentLoss);
        if (means.Count > 4 * Window)
        {
            means.Dequeue();
        }

        if (step.IsSkipped)
        {
            context.Log(Verbosity.Normal, $"warning: step {step.Step} is skipped: its gradients are not finite.");
        }

        var line = Line(step);
        if (context.Console.IsErrorInteractive)
        {
            context.Progress.Show(line);
        }
        else if (step.Step == configuration.Steps || Stopwatch.GetElapsedTime(lastLine) > LineEvery)
        {
            lastLine = Stopwatch.GetTimestamp();
            context.Log(Verbosity.Normal, line);
        }
    }

    public void Dispose() => context.Progress.Clear();

    private string Line(TrainingStep step)
    {
        var seconds = recent.Sum(entry => entry.Duration.TotalSeconds) / recent.Count;
        var left = TimeSpan.FromSeconds(seconds * (configuration.Steps - step.Step));
        return FormattableString.Invariant(
            $"step {step.Step}/{configuration.Steps}  loss {RecentLoss:F4} {Trend()}  gradient {step.GradientNorm:F2}  {step.Images / seconds:F1} images/s  {Remaining(left)} left  {Units.Bytes(device.Pool.PeakBytes)}");
    }

    /// <summary>Whether the mean falls, by more than a hundredth, over the last few windows.</summary>
    private string Trend()
    {
        var ratio = RecentLoss / means.Peek();
        return means.Count < Window ? " " : ratio < 0.99 ? "↓" : ratio > 1.01 ? "↑" : "→";
    }

    private static string Remaining(TimeSpan left) => left.TotalHours >= 1
        ? FormattableString.Invariant($"{(int)left.TotalHours} h {left.Minutes:D2} min")
        : FormattableString.Invariant($"{(int)left.TotalMinutes}:{left.Seconds:D2}");
}
