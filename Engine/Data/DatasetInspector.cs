using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Data;

/// <summary>Looks at every file of a data set and says what is there and what is wrong.</summary>
public static class DatasetInspector
{
    /// <summary>A class that this share of the faces has is expected of every face.</summary>
    private const double ExpectedShare = 0.95;

    /// <summary>Decodes faces and counts.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="sample">How many faces to decode, evenly spread; null for all.</param>
    /// <param name="threads">How many to decode at once.</param>
    /// <param name="progress">Is told after each face how many are decoded, and of how many.</param>
    /// <param name="cancellation">Stops the inspection.</param>
    public static DatasetSummary Inspect(
        FaceDataset dataset,
        int? sample = null,
        int threads = 1,
        Action<int, int>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        int[] chosen = Spread(dataset.Items.Count, sample ?? dataset.Items.Count);
        var findings = new Finding[chosen.Length];
        var done = 0;
        ParallelFaces.For(
            chosen.Length,
            threads,
            i =>
            {
                findings[i] = Examine(dataset.Items[chosen[i]]);
                progress?.Invoke(Interlocked.Increment(ref done), chosen.Length);
            },
            cancellation);
        Finding[] good = [.. findings.Where(finding => finding.Fault is null)];
        ClassCount[] classes = dataset.HasMasks ? Classes(good) : [];
        return new DatasetSummary(
            Path.GetFullPath(dataset.Folder),
            dataset.Layout,
            dataset.Items.Count,
            chosen.Length,
            good.Length,
            dataset.DefaultSplit,
            Part(dataset, FacePartition.Train),
            Part(dataset, FacePartition.Validation),
            Part(dataset, FacePartition.Test),
            Sizes(good.Select(finding => finding.ImageSize)),
            dataset.HasMasks ? Sizes(good.Select(finding => finding.MaskSize)) : [],
            classes,
            dataset.HasAttributes ? Attributes(dataset) : [],
            [.. good.Select(finding => Missing(finding, classes)).OfType<MissingParts>()],
            [.. dataset.Faults, .. findings.Select(finding => finding.Fault).OfType<DataFault>()]);
    }

    /// <summary>Up to <paramref name="count"/> indices, evenly spread over 0 to <paramref name="total"/> - 1.</summary>
    public static int[] Spread(int total, int count)
    {
        count = Math.Min(count, total);
        return [.. Enumerable.Range(0, count).Select(i => (int)((long)i * total / count))];
    }

    private static Finding Examine(FaceItem item)
    {
        try
        {
            var (image, mask) = item.Read();
            var pixels = new long[FaceClasses.Count];
            if (mask is null)
            {
                return new Finding(item.Name, (image.Width, image.Height), default, pixels, null);
            }

            foreach (var label in mask.Labels)
            {
                pixels[label]++;
            }

            return new Finding(item.Name, (image.Width, image.Height), (mask.Width, mask.Height), pixels, null);
        }
        catch (DataFileException exception)
        {
            return new Finding(
                item.Name,
                default,
                default,
                [],
                new DataFault(item.Name, $"{PrintableText.Escape(Path.GetFileName(exception.FilePath))}: {exception.Fault}"));
        }
    }

    private static int Part(FaceDataset dataset, FacePartition part)
    {
        try
        {
            return dataset.Select(dataset.DefaultSplit, part).Length;
        }
        catch (DataFileException)
        {
            return 0;
        }
    }

    private static ClassCount[] Classes(Finding[] good) =>
        [.. Enumerable.Range(0, FaceClasses.Count).Select(label => new ClassCount(
            FaceClasses.Names[label],
            good.Count(finding => finding.Pixels[label] > 0),
            good.Length == 0 ? 0 : good.Average(finding => finding.Pixels[label] > 0 ? 1.0 : 0),
            good.Length == 0 ? 0 : good.Average(finding => (double)finding.Pixels[label] / finding.Pixels.Sum())))];

    private static AttributeCount[] Attributes(FaceDataset dataset) =>
        [.. Enumerable.Range(0, FaceAttributes.Count).Select(attribute =>
        {
            var yes = dataset.Items.Count(item => item.Attributes![attribute]);
            return new AttributeCount(FaceAttributes.Names[attribute], yes, (double)yes / dataset.Items.Count);
        })];

    private static SizeCount[] Sizes(IEnumerable<(int Width, int Height)> sizes) =>
        [.. sizes.GroupBy(size => size)
            .Select(group => new SizeCount(group.Key.Width, group.Key.Height, group.Count()))
            .OrderByDescending(size => size.Files)];

    private static MissingParts? Missing(Finding finding, ClassCount[] classes)
    {
        string[] missing =
        [
            .. Enumerable.Range(0, classes.Length)
                .Where(label => classes[label].FaceShare >= ExpectedShare && finding.Pixels[label] == 0)
                .Select(label => FaceClasses.Names[label]),
        ];
        return missing.Length > 0 ? new MissingParts(finding.Name, missing) : null;
    }

    private sealed record Finding(
        string Name, (int Width, int Height) ImageSize, (int Width, int Height) MaskSize, long[] Pixels, DataFault? Fault);
}
