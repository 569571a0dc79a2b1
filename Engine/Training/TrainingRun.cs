using System.Diagnostics;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Training;

/// <summary>How a run ended.</summary>
/// <param name="Steps">Steps that the model has made, those of earlier sessions included.</param>
/// <param name="IsComplete">Whether all steps are done; otherwise it was cancelled, and can be resumed.</param>
/// <param name="Images">Images seen in this session.</param>
/// <param name="Duration">Of this session.</param>
/// <param name="Model">The newest model file.</param>
public sealed record TrainingRunResult(int Steps, bool IsComplete, long Images, TimeSpan Duration, string Model);

/// <summary>Whom a run tells what.</summary>
public sealed record TrainingRunEvents
{
    /// <summary>After each step.</summary>
    public Action<TrainingStep> Stepped { get; init; } = _ => { };

    /// <summary>Something that the user should know.</summary>
    public Action<string> Noted { get; init; } = _ => { };

    /// <summary>Something that went wrong without ending the run.</summary>
    public Action<string> Warned { get; init; } = _ => { };
}

/// <summary>Drives a trainer: steps, log, sample grids, checkpoints, the last of these also when it is cancelled.</summary>
public sealed class TrainingRun
{
    private const string ModelFileName = "model.safetensors";

    private readonly RunFolder folder;
    private readonly Trainer trainer;
    private readonly TrainingConfiguration configuration;
    private readonly TrainingRunEvents events;
    private readonly string? plan;
    private double earlierSeconds;

    /// <param name="folder">Of the run; the device of the trainer has its plan.</param>
    /// <param name="trainer">Stays the caller's.</param>
    /// <param name="configuration">The trainer's.</param>
    /// <param name="events">Whom to tell.</param>
    /// <exception cref="DataFileException">The run's plan cannot be read.</exception>
    public TrainingRun(RunFolder folder, Trainer trainer, TrainingConfiguration configuration, TrainingRunEvents events)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(events);
        this.folder = folder;
        this.trainer = trainer;
        this.configuration = configuration;
        this.events = events;
        plan = folder.ReadPlan()?.Hash;
    }

    /// <summary>Sets the trainer to the newest checkpoint that is whole; what was logged after it is forgotten.</summary>
    /// <returns>The step it stands at: 0 where there is no checkpoint.</returns>
    /// <exception cref="WeightFileException">The checkpoint is of another kind of training, or of other networks.</exception>
    /// <exception cref="RunFolderException">The checkpoint was made with another training set or another plan.</exception>
    public int Resume()
    {
        var newest = folder.Checkpoints.FindNewest((path, fault) =>
            events.Warned($"The checkpoint {path} is damaged ({fault}); falling back to the one before."));
        if (newest is not var (step, path))
        {
            events.Noted("There is no checkpoint yet: the run starts from its beginning.");
            TrainingLog.Truncate(folder.Log, 0);
            return 0;
        }

        var state = TrainingState.Read(path, trainer.Kind, trainer.States);
        if (state.Data != trainer.DataFingerprint)
        {
            throw new RunFolderException(
                $"The run was trained on another set than this one: its checkpoint {path} states data '{state.Data}', "
                + $"this is '{trainer.DataFingerprint}'. Give the folder and the split that it was started with.");
        }

        if (state.Plan != plan)
        {
            throw new RunFolderException(
                $"The checkpoint {path} was made {(state.Plan is null ? "without a plan" : $"by the plan {state.Plan}")}, and the run's folder holds "
                + $"{(plan is null ? "none" : $"the plan {plan}")}: it would not be the same run. Put its plan.json back as it was.");
        }

        trainer.Restore(step);
        earlierSeconds = state.Seconds;
        TrainingLog.Truncate(folder.Log, step);
        return step;
    }

    /// <summary>Trains to the end, or until it is cancelled; a checkpoint is written in both cases.</summary>
    /// <param name="cancellation">Stops after the current step.</param>
    /// <exception cref="TrainingDivergedException">The gradients were not finite too many times in a row.</exception>
    /// <exception cref="IOException">The last checkpoint cannot be written; older ones are whole.</exception>
    public TrainingRunResult Run(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var (firstStep, savedStep) = (trainer.Steps, trainer.Steps);
        using (var log = new TrainingLog(folder.Log))
        {
            while (trainer.Steps < configuration.Steps && !cancellation.IsCancellationRequested)
            {
                var step = trainer.Step();
                log.Write(step, clock.Elapsed.TotalSeconds + earlierSeconds);
                events.Stepped(step);
                if (configuration.SampleEvery > 0 && step.Step % configuration.SampleEvery == 0)
                {
                    Tolerate("the sample grid", () => SaveSamples(step.Step));
                }

                if (step.Step % configuration.CheckpointEvery == 0 && step.Step < configuration.Steps)
                {
                    savedStep = Tolerate("a checkpoint", () => Save(clock.Elapsed)) ? step.Step : savedStep;
                    Tolerate("the plot of the loss", () => LossPlot.Draw(folder.Log, folder.LossPlot));
                }
            }
        }

        if (savedStep != trainer.Steps || trainer.Steps == 0)
        {
            Save(clock.Elapsed);
        }

        Tolerate("the plot of the loss", () => LossPlot.Draw(folder.Log, folder.LossPlot));
        if (trainer.Steps > firstStep)
        {
            Tolerate("the sample grid", () => SaveSamples(trainer.Steps));
        }

        return new TrainingRunResult(
            trainer.Steps,
            trainer.Steps >= configuration.Steps,
            (long)(trainer.Steps - firstStep) * configuration.ImagesPerStep,
            clock.Elapsed,
            Path.Combine(folder.Checkpoints.FolderOf(trainer.Steps), ModelFileName));
    }

    private void Save(TimeSpan elapsed) => folder.Checkpoints.Write(
        trainer.Steps,
        path =>
        {
            trainer.WriteModel(Path.Combine(path, ModelFileName));
            TrainingState.Write(
                path,
                new TrainingState
                {
                    Kind = trainer.Kind,
                    Step = trainer.Steps,
                    Images = (long)trainer.Steps * configuration.ImagesPerStep,
                    Data = trainer.DataFingerprint,
                    Plan = plan,
                    Counters = trainer.States.SelectMany(state => state.Counters).ToDictionary(counter => counter.Name, counter => counter.Value),
                    Seconds = earlierSeconds + elapsed.TotalSeconds,
                },
                trainer.States);
        },
        configuration.KeepCheckpoints);

    private void SaveSamples(int step)
    {
        Directory.CreateDirectory(folder.Samples);
        ImageFile.SavePng(Path.Combine(folder.Samples, $"step-{step}.png"), trainer.DrawSamples());
    }

    /// <summary>Files that fail while training goes on are no reason to end it: a disk may have room again at the next checkpoint.</summary>
    private bool Tolerate(string what, Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            events.Warned($"Writing {what} failed at step {trainer.Steps}: {exception.Message} Training goes on.");
            return false;
        }
    }
}
