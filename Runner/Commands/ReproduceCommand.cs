using System.CommandLine;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Plans;
using KernelDiff.Engine.Sampling;
using KernelDiff.Kernels;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff reproduce IMAGE</c>: makes a sampled face again from what its file carries, and compares.</summary>
internal sealed class ReproduceCommand : RunnerCommand
{
    private static readonly Argument<string> Image = new("IMAGE") { Description = "A PNG that `kerneldiff sample` wrote" };

    private readonly Option<string> weights = new("--weights")
    {
        Description = $"The model that made it [default: {WeightSearch.EnvironmentVariable}, else the demo model]",
        HelpName = "FILE",
    };

    private readonly Option<string?> plan = new("--plan")
    {
        Description = $"The plan by which it was made, or {PlanSearch.None} [default: the one of its hash in {PlanSearch.EnvironmentVariable} or as shipped]",
        HelpName = "FILE",
    };

    private readonly Option<string> output = new("--out") { Description = "Write the face made again to this file", HelpName = "FILE" };

    private readonly Option<int> tolerance = new("--tolerance")
    {
        Description = "Largest difference of a pixel that counts as the same; other devices round otherwise",
        HelpName = "LEVELS",
        DefaultValueFactory = _ => 2,
    };

    public ReproduceCommand(RunnerConsole console)
        : base(console, "reproduce", "Make a sampled face again from what its file carries, and report the difference.")
    {
        Arguments.Add(Image);
        foreach (var option in new Option[]
        {
            weights, plan, output, tolerance, ExecutionOptions.Device, ExecutionOptions.Threads, GlobalOptions.Json,
        })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
        [("kerneldiff reproduce samples/1-0.png", "the same face again, to the bit on the same device")];

    public override IReadOnlyList<string> Notes => ["The exit code is 1 where a pixel differs by more than the tolerance."];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var path = context.Get(Image)!;
        var record = SampleRecord.Read(path);
        var before = ImageFile.Read(path);
        var found = PlanSearch.FindByHash(context.Get(plan), record.Plan);
        if (found is null && record.Plan is not null)
        {
            context.Log(Verbosity.Normal, $"warning: {path} was made by a plan; without it, the face may round otherwise.");
        }

        using var device = ExecutionOptions.Open(context, found);
        device.Algorithm = record.Exact ? ConvolutionAlgorithm.Direct : ConvolutionAlgorithm.Auto;
        var weightsPath = WeightSearch.Find(context.Get(weights));
        using var model = FaceModel.Load(device, weightsPath);
        if (model.Hash != record.Weights)
        {
            throw new UsageException(
                $"{path} was made by the model '{record.Model}' with weights {record.Weights[..Math.Min(12, record.Weights.Length)]}, "
                + $"{weightsPath} has weights {model.Hash[..12]}. Name the model that made it with --weights.");
        }

        var face = new FaceGenerator(model, record.Settings).Generate(
            [record.Request()],
            progress =>
            {
                context.Cancellation.ThrowIfCancellationRequested();
                context.Progress.Show($"step {progress.Step} of {progress.Steps}");
            }).Single();
        context.Progress.Clear();
        if ((face.Image.Width, face.Image.Height) != (before.Width, before.Height))
        {
            throw new UsageException(
                $"{path} has {before.Width} x {before.Height} pixels, the model makes {face.Image.Width} x {face.Image.Height}: the image was resized.");
        }

        if (context.Get(output) is { } target)
        {
            ImageFile.SavePng(target, face.Image, new Dictionary<string, string> { [SampleRecord.Keyword] = face.Record.Write() });
        }

        var differences = before.Pixels.Zip(face.Image.Pixels, (a, b) => Math.Abs(a - b)).ToArray();
        var document = new ReproduceDocument(
            path, record.Device, device.Name, differences.Max(), differences.Average(), differences.Count(difference => difference > 0), differences.Length);
        if (context.Json)
        {
            JsonReport.Write(context, document);
        }
        else
        {
            context.Console.Out.WriteLine(document.LargestDifference == 0
                ? $"The same to the bit, on {device.Name} as on {record.Device}."
                : FormattableString.Invariant(
                    $"Largest difference {document.LargestDifference} of 255, mean {document.MeanDifference:F4}, {document.DifferingValues} of {document.Values} values differ; made on {record.Device}, again on {device.Name}."));
        }

        return Task.FromResult(document.LargestDifference <= context.Get(tolerance) ? ExitCode.Done : ExitCode.Failed);
    }
}

/// <summary>What <c>kerneldiff reproduce --json</c> prints.</summary>
/// <param name="Image">The file as it was named.</param>
/// <param name="MadeOn">Device that made it.</param>
/// <param name="MadeAgainOn">Device that made it again.</param>
/// <param name="LargestDifference">Of a colour value, 0 to 255.</param>
/// <param name="MeanDifference">Of all colour values.</param>
/// <param name="DifferingValues">Colour values that are not the same.</param>
/// <param name="Values">Colour values in all.</param>
internal sealed record ReproduceDocument(
    string Image, string MadeOn, string MadeAgainOn, int LargestDifference, double MeanDifference, int DifferingValues, int Values);
