using System.CommandLine;
using System.Diagnostics;
using KernelDiff.Engine.Demo;
using KernelDiff.Engine.Imaging;
using KernelDiff.Kernels;
using Spectre.Console;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff train demo</c>: a small network learns to remove noise from pictures that it draws itself.</summary>
internal sealed class TrainDemoCommand : RunnerCommand
{
    /// <summary>Losses are shown as the mean over this many steps: single ones jump with the noise level that was drawn.</summary>
    private const int Window = 20;

    private static readonly DemoOptions Defaults = new();

    private static readonly Option<int> Steps = new("--steps")
    {
        Description = "Optimiser steps",
        HelpName = "N",
        DefaultValueFactory = _ => Defaults.Steps,
    };

    private static readonly Option<int> Batch = new("--batch")
    {
        Description = "Pictures per step",
        HelpName = "N",
        DefaultValueFactory = _ => Defaults.Batch,
    };

    private static readonly Option<ulong> Seed = new("--seed")
    {
        Description = "Of the pictures, the noise and the first weights",
        HelpName = "S",
        DefaultValueFactory = _ => Defaults.Seed,
    };

    private static readonly Option<DirectoryInfo> Out = new("--out")
    {
        Description = "Folder for the picture, made if it is missing",
        HelpName = "DIR",
        DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("runs", "demo")),
    };

    static TrainDemoCommand()
    {
        OptionValidation.RequirePositive(Steps);
        OptionValidation.RequirePositive(Batch);
    }

    public TrainDemoCommand(RunnerConsole console)
        : base(console, "demo", "Train a small convolutional network with attention on pictures that it draws itself.")
    {
        foreach (var option in new Option[]
        {
            ExecutionOptions.Device, ExecutionOptions.Threads, ExecutionOptions.Plan, ExecutionOptions.Exact, Steps, Batch, Seed, Out, GlobalOptions.Json,
        })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff train demo", "a minute of training on the best device, and a picture of the result"),
        ("kerneldiff train demo --device opencl:0", "the same losses, by OpenCL kernels"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "The picture shows noisy pictures that were never trained on, what the network makes of them, and the truth.",
        "Ctrl+C stops after the current step and still draws the picture; the exit code then is 130.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var options = new DemoOptions
        {
            Steps = context.Get(Steps),
            Batch = context.Get(Batch),
            Seed = context.Get(Seed),
        };
        var folder = context.Get(Out)!;
        folder.Create();
        using var device = ExecutionOptions.OpenPlanned(context);
        using var trainer = new DemoTrainer(device, options);
        context.Log(Verbosity.Verbose, $"{trainer.ParameterCount} parameters, {options.Steps} steps of {options.Batch} pictures");

        var clock = Stopwatch.StartNew();
        var steps = Train(context, trainer, options);
        clock.Stop();
        var path = Path.Combine(folder.FullName, "demo.png");
        ImageFile.SavePng(path, trainer.Show());
        Report(context, new TrainDemoDocument(
            device.Name,
            device.Description.Hardware,
            trainer.ParameterCount,
            steps.Count,
            options.Batch,
            options.Seed,
            [.. steps.Select(step => step.Loss)],
            clock.Elapsed.TotalSeconds,
            steps.Count * options.Batch / clock.Elapsed.TotalSeconds,
            device.Pool.PeakBytes,
            path));
        context.Cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(ExitCode.Done);
    }

    private static List<DemoStep> Train(CommandContext context, DemoTrainer trainer, DemoOptions options)
    {
        var steps = new List<DemoStep>(options.Steps);
        var console = context.Console.RichError;
        if (!console.Profile.Capabilities.Interactive)
        {
            while (Advance(context, trainer, options, steps))
            {
                if (steps.Count % Math.Max(1, options.Steps / 10) == 0)
                {
                    context.Log(Verbosity.Normal, Status(steps, options));
                }
            }

            return steps;
        }

        console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(progress =>
            {
                var task = progress.AddTask("training", maxValue: options.Steps);
                while (Advance(context, trainer, options, steps))
                {
                    task.Description = Markup.Escape(Status(steps, options));
                    task.Value = steps.Count;
                }
            });
        return steps;
    }

    private static bool Advance(CommandContext context, DemoTrainer trainer, DemoOptions options, List<DemoStep> steps)
    {
        if (steps.Count == options.Steps || context.Cancellation.IsCancellationRequested)
        {
            return false;
        }

        steps.Add(trainer.Step());
        return true;
    }

    private static string Status(List<DemoStep> steps, DemoOptions options)
    {
        var recent = steps.Skip(Math.Max(0, steps.Count - Window)).ToList();
        var seconds = recent.Sum(step => step.Duration.TotalSeconds);
        return FormattableString.Invariant(
            $"step {steps.Count}/{options.Steps}  loss {Mean(recent):F4}  gradient {steps[^1].GradientNorm:F2}  {recent.Count * options.Batch / seconds:F0} images/s");
    }

    private static double Mean(IEnumerable<DemoStep> steps) => steps.Average(step => (double)step.Loss);

    private static void Report(CommandContext context, TrainDemoDocument document)
    {
        if (context.Json)
        {
            JsonReport.Write(context, document);
            return;
        }

        var first = document.Losses.Take(Window).DefaultIfEmpty(float.NaN).Average();
        var last = document.Losses.TakeLast(Window).DefaultIfEmpty(float.NaN).Average();
        context.Console.Out.WriteLine(FormattableString.Invariant(
            $"{document.Steps} steps of {document.Batch} pictures on {document.Device} in {document.Seconds:F1} s: {document.ImagesPerSecond:F0} images/s, at most {Units.Bytes(document.PeakBytes)}."));
        context.Console.Out.WriteLine(FormattableString.Invariant(
            $"Loss, mean of {Window} steps: {first:F4} at the beginning, {last:F4} at the end."));
        context.Console.Out.WriteLine($"Picture: {document.Picture}");
    }

}

/// <summary>What <c>kerneldiff train demo --json</c> prints.</summary>
/// <param name="Device">Name of the device.</param>
/// <param name="Hardware">As its driver names it.</param>
/// <param name="Parameters">Values in the network.</param>
/// <param name="Steps">Steps taken; fewer than asked for if it was stopped.</param>
/// <param name="Batch">Pictures per step.</param>
/// <param name="Seed">Of pictures, noise and first weights.</param>
/// <param name="Losses">Mean squared error of each step.</param>
/// <param name="Seconds">Of all steps.</param>
/// <param name="ImagesPerSecond">Over all steps, compiling kernels included.</param>
/// <param name="PeakBytes">The most memory that was in use on the device.</param>
/// <param name="Picture">Full path of the picture.</param>
internal sealed record TrainDemoDocument(
    string Device,
    string Hardware,
    long Parameters,
    int Steps,
    int Batch,
    ulong Seed,
    IReadOnlyList<float> Losses,
    double Seconds,
    double ImagesPerSecond,
    long PeakBytes,
    string Picture);
