using System.Globalization;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Training;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace KernelDiff.Engine.Profiling;

/// <summary>
/// The roofline model as a picture: each kernel at its operations per byte and its speed, under what arithmetic and memory of the device
/// allow. A larger mark took more of the time.
/// </summary>
public static class RooflinePlot
{
    private const int Width = 1100;
    private const int Height = 700;
    private const int Labels = 12;

    /// <summary>Draws the kernels of one device that have any arithmetic.</summary>
    /// <param name="path">The file, a PNG, replaced if it exists.</param>
    /// <param name="kernels">Of one device.</param>
    /// <param name="ceiling">Of the same device.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Draw(string path, IReadOnlyList<KernelProfile> kernels, DeviceCeiling ceiling)
    {
        ArgumentNullException.ThrowIfNull(kernels);
        ArgumentNullException.ThrowIfNull(ceiling);
        var points = kernels
            .Where(kernel => kernel.Total.FloatingPointOperations > 0 && kernel.Total.Bytes > 0)
            .Select(kernel => (
                kernel.Name,
                kernel.Total.Share,
                Intensity: Math.Log10((double)kernel.Total.FloatingPointOperations / kernel.Total.Bytes),
                Speed: Math.Log10(kernel.Total.FloatingPointOperationsPerSecond / 1e9)))
            .ToArray();
        var roof = Math.Log10(ceiling.FloatingPointOperationsPerSecond / 1e9);
        var ridge = roof - Math.Log10(ceiling.MemoryBytesPerSecond / 1e9);
        var left = points.Select(point => point.Intensity).Append(ridge - 1).Min() - 0.3;
        var right = points.Select(point => point.Intensity).Append(ridge + 1).Max() + 0.6;

        PlotFont.Install();
        using var plot = new Plot();
        var roofs = plot.Add.ScatterLine(new[] { left, ridge, right }, new[] { roof - (ridge - left), roof, roof }, Colors.Black);
        roofs.LineWidth = 2;
        roofs.LegendText = string.Create(
            CultureInfo.InvariantCulture,
            $"measured: {ceiling.FloatingPointOperationsPerSecond / 1e9:0} GFLOP/s, {ceiling.MemoryBytesPerSecond / 1e9:0.0} GB/s from memory");
        for (var i = 0; i < points.Length; i++)
        {
            var (name, share, intensity, speed) = points[i];
            var mark = plot.Add.Marker(intensity, speed, size: (float)(6 + (30 * Math.Sqrt(share))));
            mark.Color = Colors.C0.WithAlpha(0.55);
            if (i < Labels)
            {
                var label = plot.Add.Text(name, intensity, speed);
                label.LabelFontSize = 11;
                label.OffsetX = 8;
                label.OffsetY = -6;
            }
        }

        plot.Axes.Bottom.TickGenerator = Decades();
        plot.Axes.Left.TickGenerator = Decades();
        plot.Axes.SetLimitsX(left, right);
        plot.Axes.SetLimitsY(points.Select(point => point.Speed).Append(roof - 2).Min() - 0.3, points.Select(point => point.Speed).Append(roof).Max() + 0.4);
        plot.XLabel("operations per byte");
        plot.YLabel("GFLOP/s");
        plot.ShowLegend(Alignment.LowerRight);
        AtomicFile.WriteAllBytes(path, plot.GetImageBytes(Width, Height, ImageFormat.Png));
    }

    /// <summary>Ticks at powers of ten of an axis that holds logarithms.</summary>
    private static NumericAutomatic Decades() => new()
    {
        IntegerTicksOnly = true,
        LabelFormatter = exponent => Math.Pow(10, exponent).ToString("G4", CultureInfo.InvariantCulture),
    };
}
