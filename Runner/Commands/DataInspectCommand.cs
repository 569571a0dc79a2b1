using System.CommandLine;
using System.Globalization;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff data inspect DIR</c>: what a data set of faces holds and what is wrong with it.</summary>
internal sealed class DataInspectCommand : RunnerCommand
{
    /// <summary>How many of a list are named in text; <c>--json</c> holds all.</summary>
    private const int Named = 10;

    private static readonly Argument<string> Folder = new("DIR")
    {
        Description = "CelebAMask-HQ as published, or a folder of images and merged masks with an attribute file.",
    };

    private static readonly Option<string> Sheet = new("--sheet")
    {
        Description = "Write some faces with their masks as one picture",
        HelpName = "FILE.png",
    };

    private static readonly Option<int?> Sample = new("--sample")
    {
        Description = "Decode only N faces, evenly spread [default: all]",
        HelpName = "N",
    };

    static DataInspectCommand() => OptionValidation.RequirePositive(Sample);

    public DataInspectCommand(RunnerConsole console)
        : base(console, "inspect", "Count the faces, classes and attributes of a data set, and name its bad files.")
    {
        Arguments.Add(Folder);
        foreach (var option in new Option[] { Sheet, Sample, GlobalOptions.Json })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff data inspect CelebAMask-HQ --sheet sheet.png", "all counts, and a picture of 24 faces"),
        ("kerneldiff data inspect CelebAMask-HQ --sample 1000 --json", "a quick look, as a document"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Bad files are named and left out, here as in training. Missing parts are classes that 95 % of the faces have.",
        "Both are warnings: the exit code is 0 as long as a face is left.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var dataset = FaceDataset.Open(context.Get(Folder)!);
        var gate = new Lock();
        var summary = DatasetInspector.Inspect(
            dataset,
            context.Get(Sample),
            Environment.ProcessorCount,
            (done, total) =>
            {
                if (done % 50 == 0)
                {
                    lock (gate)
                    {
                        context.Progress.Show(string.Create(CultureInfo.InvariantCulture, $"{done} of {total} faces"));
                    }
                }
            },
            context.Cancellation);
        context.Progress.Clear();
        if (summary.Good == 0)
        {
            throw new DataFileException(
                context.Get(Folder)!,
                string.Create(
                    CultureInfo.InvariantCulture, $"none of {summary.Examined} faces can be decoded, such as {summary.Faults[^1].Reason}"),
                "Check the files.");
        }

        if (context.Get(Sheet) is { } sheet)
        {
            ImageFile.SavePng(sheet, ContactSheet.Draw(dataset));
            context.Log(Verbosity.Normal, $"Contact sheet: {sheet}");
        }

        if (context.Json)
        {
            JsonReport.Write(context, summary);
        }
        else
        {
            WriteText(context.Console, summary);
        }

        return Task.FromResult(ExitCode.Done);
    }

    private static void WriteText(RunnerConsole console, DatasetSummary summary)
    {
        var output = console.Out;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{summary.Layout}: {summary.Faces} faces, {summary.Examined} decoded, {summary.Good} good"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"split {summary.DefaultSplit}: {summary.Train} for training, {summary.Validation} for validation, {summary.Test} for test"));
        WriteSizes(output, "images", summary.ImageSizes);
        WriteSizes(output, "masks", summary.MaskSizes);
        if (summary.Classes.Count > 0)
        {
            var table = new ResultTable(
                ("Class", ColumnKind.Name), ("Faces", ColumnKind.Number), ("Of faces", ColumnKind.Number), ("Of pixels", ColumnKind.Number));
            foreach (var row in summary.Classes)
            {
                table.Add(row.Name, row.Faces.ToString(CultureInfo.InvariantCulture), Percent(row.FaceShare), Percent(row.PixelShare));
            }

            output.WriteLine();
            table.Write(console);
        }

        if (summary.Attributes.Count > 0)
        {
            var table = new ResultTable(("Attribute", ColumnKind.Name), ("Yes", ColumnKind.Number), ("Of faces", ColumnKind.Number));
            foreach (var row in summary.Attributes)
            {
                table.Add(row.Name, row.Yes.ToString(CultureInfo.InvariantCulture), Percent(row.Share));
            }

            output.WriteLine();
            table.Write(console);
        }

        WriteList(output, "missing parts", [.. summary.Incomplete.Select(face => $"{face.Name}: {string.Join(", ", face.Classes)}")]);
        WriteList(output, "bad files", [.. summary.Faults.Select(fault => $"{fault.Name}: {fault.Reason}")]);
    }

    private static void WriteSizes(TextWriter output, string what, IReadOnlyList<SizeCount> sizes)
    {
        if (sizes.Count > 0)
        {
            var shown = sizes.Take(Named).Select(size => string.Create(CultureInfo.InvariantCulture, $"{size.Files} of {size.Width} x {size.Height}"));
            output.WriteLine($"{what}: {string.Join(", ", shown)}{(sizes.Count > Named ? ", and others" : "")}");
        }
    }

    private static void WriteList(TextWriter output, string what, string[] lines)
    {
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {(lines.Length == 0 ? "none" : lines.Length)}"));
        foreach (var line in lines.Take(Named))
        {
            output.WriteLine($"  {PrintableText.Escape(line)}");
        }

        if (lines.Length > Named)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  and {lines.Length - Named} more, all of which --json lists"));
        }
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");
}
