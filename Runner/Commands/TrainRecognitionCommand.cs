using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Recognition;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;

namespace KernelDiff.Runner.Commands;

/// <summary>What the trainings of the networks that evaluation measures with share.</summary>
internal abstract class TrainRecognitionCommand : TrainFacesCommand
{
    protected TrainRecognitionCommand(RunnerConsole console, string kind, string description)
        : base(console, kind, description)
    {
    }

    public override IReadOnlyList<string> Notes =>
    [
        .. base.Notes,
        "Pictures are learnt at the image_size of --config: that of the model that is to be measured.",
    ];

    protected override TrainingConfiguration TrainingOf(RunConfiguration run) => SettingsOf(run);

    protected override RunInputs AddInputs(CommandContext context, RunInputs inputs) => inputs;

    protected override (long Parameters, long Bytes) Estimate(RunConfiguration run)
    {
        var layers = LayersOf(run);
        var parameters = new LayerNetwork(layers).ParameterCount;
        return (parameters, MemoryEstimate.Recognition(layers, parameters, SettingsOf(run).Batch));
    }

    protected override TrainingSetup Prepare(
        CommandContext context, Device device, RunConfiguration run, RunInputs inputs, StoredFaces faces, string cacheFolder)
    {
        RequireAnnotations(faces);
        var session = new Session(device);
        return new TrainingSetup(Create(session, run, faces), run, [session]);
    }

    /// <summary>This training's part of a configuration.</summary>
    protected abstract RecognitionTrainingConfiguration SettingsOf(RunConfiguration run);

    /// <summary>The network.</summary>
    protected abstract LayerList LayersOf(RunConfiguration run);

    /// <summary>The trainer.</summary>
    protected abstract Trainer Create(Session session, RunConfiguration run, StoredFaces faces);

    /// <exception cref="UsageException">The set lacks what the network is to learn.</exception>
    protected abstract void RequireAnnotations(StoredFaces faces);
}
