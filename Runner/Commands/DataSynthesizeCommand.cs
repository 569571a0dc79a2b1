using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using KernelDiff.Engine.Data.Synthesis;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff data synthesize DIR</c>: a data set of drawn faces.</summary>
internal sealed class DataSynthesizeCommand : RunnerCommand
{
    private static readonly Argument<string> Folder = new("DIR")
    {
        Description = "The folder to make. It appears when it is complete; one that holds files is refused.",
    };

    private static readonly Option<int> Count = new("--count")
    {
        Description = $"Number of faces, 1 to {SyntheticDataset.LargestCount}",
        HelpName = "N",
        DefaultValueFactory = _ => 1000,
    };

    private static readonly Option<ulong> Seed = new("--seed")
    {
        Description = "Of everything that is drawn by chance; face i of a seed is the same for every count",
        HelpName = "S",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<int> Size = new("--size")
    {
        Description = $"Edge of pictures and masks in pixels, {FaceSynthesizer.SmallestSize} to {FaceSynthesizer.LargestSize}",
        HelpName = "P",
        DefaultValueFactory = _ => 128,
    };

    private static readonly Option<int?> Threads = new("--threads")
    {
        Description = "Faces drawn at once [default: one per processor]",
        HelpName = "N",
    };

    static DataSynthesizeCommand()
    {
        OptionValidation.RequireRange(Threads, 1, 1024);
        OptionValidation.RequireRange(Count, 1, SyntheticDataset.LargestCount);
        OptionValidation.RequireRange(Size, FaceSynthesizer.SmallestSize, FaceSynthesizer.LargestSize);
    }

    public DataSynthesizeCommand(RunnerConsole console)
        : base(console, "synthesize", "Draw faces with exact masks and attributes, in the folders of CelebAMask-HQ.")
    {
        Arguments.Add(Folder);
        foreach (var option in new Option[] { Count, Seed, Size, Threads, GlobalOptions.Json })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff data synthesize faces", "1000 faces of 128 x 128 pixels"),
        ("kerneldiff data synthesize faces --count 20000 --size 64", "enough to train on"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Attributes are independent of one another but for those that exclude one another: the hair colours; bald, receding hairline and",
        "bangs; straight and wavy; goatee and stubble; no beard and any beard. Attractive and Blurry are always no.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var folder = context.Get(Folder)!;
        var (count, seed, size) = (context.Get(Count), context.Get(Seed), context.Get(Size));
        var clock = Stopwatch.StartNew();
        var gate = new Lock();
        SyntheticDataset.Write(
            folder,
            count,
            seed,
            size,
            context.Get(Threads) ?? Environment.ProcessorCount,
            written =>
            {
                if (written % 50 == 0)
                {
                    lock (gate)
                    {
                        context.Progress.Show(string.Create(CultureInfo.InvariantCulture, $"{written} of {count} faces"));
                    }
                }
            },
            context.Cancellation);
        context.Progress.Clear();
        var document = new DataSynthesizeDocument(Path.GetFullPath(folder), count, seed, size, clock.Elapsed.TotalSeconds);
        if (context.Json)
        {
            JsonReport.Write(context, document);
        }
        else
        {
            context.Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{count} faces of {size} x {size} pixels in {document.Seconds:F1} s: {document.Folder}"));
        }

        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary>What <c>kerneldiff data synthesize --json</c> prints.</summary>
/// <param name="Folder">Full path of the data set.</param>
/// <param name="Count">Number of faces.</param>
/// <param name="Seed">Of everything that was drawn by chance.</param>
/// <param name="Size">Edge of pictures and masks in pixels.</param>
/// <param name="Seconds">For drawing and writing.</param>
internal sealed record DataSynthesizeDocument(string Folder, int Count, ulong Seed, int Size, double Seconds);
