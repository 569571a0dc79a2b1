using System.CommandLine;
using System.Globalization;
using KernelDiff.Engine.Files;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff inspect FILE</c>: what a weight file holds, without executing or trusting any of it.</summary>
internal sealed class InspectCommand : RunnerCommand
{
    private static readonly Argument<string> File = new("FILE")
    {
        Description = "A safetensors file, or a .ckpt, .pt or .pth file that PyTorch wrote.",
    };

    public InspectCommand(RunnerConsole console)
        : base(console, "inspect", "List the tensors of a weight file, with types, shapes and totals.")
    {
        Arguments.Add(File);
        Options.Add(GlobalOptions.Json);
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff inspect model.ckpt", "tensors, totals and metadata"),
        ("kerneldiff inspect model.safetensors --json", "the same as one JSON document"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "The content decides the format, not the extension. Nothing in the file is executed.",
        "A star marks tensors beside the network's state dict, such as those of an optimiser.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        using var file = WeightFile.Open(context.Get(File)!);
        var summary = WeightFileSummary.Of(file);
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

    private static void WriteText(RunnerConsole console, WeightFileSummary summary)
    {
        var table = new ResultTable(
            ("Tensor", ColumnKind.Name),
            ("Type", ColumnKind.Name),
            ("Shape", ColumnKind.Name),
            ("Elements", ColumnKind.Number),
            ("Size", ColumnKind.Number));
        foreach (var tensor in summary.Tensors)
        {
            table.Add(
                (tensor.StateDictName is null ? "* " : "") + PrintableText.Escape(tensor.Name),
                tensor.Type,
                $"[{string.Join(", ", tensor.Shape)}]",
                Count(tensor.Elements),
                Units.Bytes(tensor.Bytes));
        }

        table.Write(console);
        console.Out.WriteLine();
        console.Out.WriteLine($"{summary.Format}, {Units.Bytes(summary.FileBytes)}");
        console.Out.WriteLine($"all tensors: {Describe(summary.Total)}");
        if (summary.StateDict != summary.Total)
        {
            console.Out.WriteLine($"state dict: {Describe(summary.StateDict)}");
        }

        foreach (var (type, total) in summary.Types)
        {
            console.Out.WriteLine($"{type}: {Describe(total)}");
        }

        foreach (var (key, value) in summary.Metadata)
        {
            console.Out.WriteLine($"metadata {PrintableText.Quote(key)}: {PrintableText.Quote(value)}");
        }

        foreach (var name in summary.UnusedGlobals)
        {
            console.Out.WriteLine($"names without using it: {PrintableText.Quote(name)}");
        }
    }

    private static string Describe(TensorTotal total) =>
        $"{Plural(total.Tensors, "tensor")}, {Plural(total.Elements, "element")}, {Units.Bytes(total.Bytes)}";

    private static string Plural(long count, string noun) => count == 1 ? $"1 {noun}" : $"{Count(count)} {noun}s";

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
