using KernelDiff.Engine.Data;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Evaluation;

/// <summary>How well label maps agree with given ones, summed over images.</summary>
public sealed class SegmentationScore
{
    /// <summary>[given][found] pixels.</summary>
    private readonly long[,] confusion = new long[FaceClasses.Count, FaceClasses.Count];

    /// <summary>Images added.</summary>
    public int Images { get; private set; }

    /// <summary>Part of all pixels whose class is the given one.</summary>
    public double PixelAccuracy
    {
        get
        {
            var (right, all) = (0L, 0L);
            for (var given = 0; given < FaceClasses.Count; given++)
            {
                right += confusion[given, given];
                all += Given(given);
            }

            return right / (double)all;
        }
    }

    /// <summary>Mean of <see cref="IntersectionOverUnion"/> over the classes that occur in the given maps.</summary>
    public double MeanIntersectionOverUnion =>
        Enumerable.Range(0, FaceClasses.Count).Select(IntersectionOverUnion).OfType<double>().DefaultIfEmpty(double.NaN).Average();

    /// <summary>Adds an image.</summary>
    /// <param name="given">What it should show.</param>
    /// <param name="found">What was found in it; of the same size.</param>
    /// <exception cref="ArgumentException">The sizes differ, or a label is no class.</exception>
    public void Add(LabelMask given, LabelMask found)
    {
        ArgumentNullException.ThrowIfNull(given);
        ArgumentNullException.ThrowIfNull(found);
        if (given.Width != found.Width || given.Height != found.Height)
        {
            throw new ArgumentException(
                $"Maps of {given.Width} x {given.Height} and {found.Width} x {found.Height} cannot be compared.", nameof(found));
        }

        foreach (var labels in new[] { given.Labels, found.Labels })
        {
            if (labels.AsSpan().ContainsAnyInRange((byte)FaceClasses.Count, byte.MaxValue))
            {
                throw new ArgumentException($"A label is no class; there are 0 to {FaceClasses.Count - 1}.", nameof(given));
            }
        }

        for (var i = 0; i < given.Labels.Length; i++)
        {
            confusion[given.Labels[i], found.Labels[i]]++;
        }

        Images++;
    }

    /// <summary>Pixels of a class that were found, over those that were given or found; null where the class is in no given map.</summary>
    public double? IntersectionOverUnion(int label)
    {
        var given = Given(label);
        if (given == 0)
        {
            return null;
        }

        var found = 0L;
        for (var other = 0; other < FaceClasses.Count; other++)
        {
            found += confusion[other, label];
        }

        return confusion[label, label] / (double)(given + found - confusion[label, label]);
    }

    private long Given(int label)
    {
        var pixels = 0L;
        for (var found = 0; found < FaceClasses.Count; found++)
        {
            pixels += confusion[label, found];
        }

        return pixels;
    }
}
