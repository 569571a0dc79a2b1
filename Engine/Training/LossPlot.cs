using KernelDiff.Engine.Files;
using ScottPlot;

namespace KernelDiff.Engine.Training;

/// <summary>The loss of a run over its steps, as a picture.</summary>
internal static class LossPlot
{
    private const int Width = 1000;
    private const int Height = 500;
    private const int MaximumPoints = 2000;

    /// <summary>Draws what a log holds: every step faintly, their running mean in full.</summary>
    public static void Draw(string log, string path)
    {
        var losses = TrainingLog.ReadLosses(log).Where(entry => float.IsFinite(entry.Loss)).ToList();
        if (losses.Count < 2)
        {
            return;
        }

        var stride = Math.Max(1, losses.Count / MaximumPoints);
        var window = Math.Max(1, losses.Count / 50);
        var (steps, raw, means) = (new List<double>(), new List<double>(), new List<double>());
        var sum = 0.0;
        for (var i = 0; i < losses.Count; i++)
        {
            sum += losses[i].Loss - (i >= window ? losses[i - window].Loss : 0);
            if (i % stride == 0)
            {
                steps.Add(losses[i].Step);
                raw.Add(losses[i].Loss);
                means.Add(sum / Math.Min(i + 1, window));
            }
        }

        PlotFont.Install();
        using var plot = new Plot();
        var faint = plot.Add.ScatterLine(steps, raw, Colors.Gray.WithAlpha(0.35));
        faint.LegendText = "each step";
        var mean = plot.Add.ScatterLine(steps, means, Colors.C0);
        mean.LineWidth = 2;
        mean.LegendText = $"mean of {window} steps";

        // The first steps would press everything after them against the axis.
        var ordered = raw.Order().ToList();
        plot.Axes.SetLimitsY(Math.Min(0, ordered[0]), ordered[(int)(0.98 * (ordered.Count - 1))] * 1.1);
        plot.Axes.SetLimitsX(0, steps[^1]);
        plot.XLabel("step");
        plot.YLabel("loss");
        plot.ShowLegend(Alignment.UpperRight);
        AtomicFile.WriteAllBytes(path, plot.GetImageBytes(Width, Height, ImageFormat.Png));
    }
}
