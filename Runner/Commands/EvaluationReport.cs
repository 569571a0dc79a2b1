using System.Globalization;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Runner.Commands;

/// <summary>An evaluation for people: a table, and a grid of pictures.</summary>
internal static class EvaluationReport
{
    /// <summary>Real images first, then each mode.</summary>
    public static void WriteTable(RunnerConsole console, EvaluationDocument document)
    {
        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{document.ImageSize} x {document.ImageSize} pixels, {document.Sampler} with {document.Steps} steps, guidance {document.GuidanceAttributes} (attributes) and {document.GuidanceMask} (mask), seed {document.Seed}"));
        var table = new ResultTable(
            ("Images", ColumnKind.Name), ("N", ColumnKind.Number), ("Mask pixels", ColumnKind.Number), ("Mask mIoU", ColumnKind.Number),
            ("Classes", ColumnKind.Number), ("Attributes, balanced", ColumnKind.Number), ("Attributes", ColumnKind.Number), ("Base rate", ColumnKind.Number));
        foreach (var row in document.Rows)
        {
            table.Add([Title(row.Images), row.Count.ToString(CultureInfo.InvariantCulture), .. Cells(row)]);
        }

        table.Write(console);
    }

    /// <summary>Mask pixels, mIoU, classes, balanced attributes, attributes, base rate.</summary>
    public static IReadOnlyList<string> Cells(EvaluationRow row) =>
    [
        Number(row.Masks?.PixelAccuracy),
        Number(row.Masks?.MeanIntersectionOverUnion),
        row.Masks is null ? "" : row.Masks.Classes.Count.ToString(CultureInfo.InvariantCulture),
        Number(row.Attributes?.BalancedAccuracy),
        Number(row.Attributes?.Accuracy),
        Number(row.Attributes?.BaseRate),
    ];

    /// <summary>A row a face: the picture, its mask, and for each mode the sample and what the parser sees in it.</summary>
    public static RgbImage Draw(IReadOnlyList<(RgbImage Image, LabelMask Mask)> faces, IReadOnlyList<EvaluationSamples> modes, int cellSize)
    {
        var grid = new ImageGrid(cellSize)
        {
            ColumnLabels = ["real", "mask", .. modes.SelectMany(mode => mode.Found.Count > 0 ? new[] { mode.Name, "as parsed" } : [mode.Name])],
        };
        for (var i = 0; i < faces.Count; i++)
        {
            var cells = new List<RgbImage?> { faces[i].Image, MaskColors.Paint(faces[i].Mask) };
            foreach (var mode in modes)
            {
                cells.Add(mode.Images[i]);
                if (mode.Found.Count > 0)
                {
                    cells.Add(MaskColors.Paint(mode.Found[i]));
                }
            }

            grid.AddRow(null, cells);
        }

        return grid.Render();
    }

    private static string Title(string images) => images switch
    {
        "real" => "real images",
        "both" => "samples for mask and attributes",
        "mask" => "samples for the mask",
        "attributes" => "samples for the attributes",
        _ => "samples for nothing",
    };

    private static string Number(double? value) => value is { } number ? number.ToString("F3", CultureInfo.InvariantCulture) : "";
}

/// <summary>The first samples of a mode, for the grid.</summary>
/// <param name="Name">The mode.</param>
/// <param name="Images">Samples.</param>
/// <param name="Found">What the parser saw in them; empty without a parser.</param>
internal sealed record EvaluationSamples(string Name, List<RgbImage> Images, List<LabelMask> Found);
