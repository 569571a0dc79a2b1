using System.CommandLine;
using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff train diffusion</c>: the conditioned UNet, on the latents of a trained autoencoder.</summary>
internal sealed class TrainDiffusionCommand : TrainFacesCommand
{
    private readonly Option<string> autoencoder = new("--autoencoder")
    {
        Description = "Model file with the first stage, from `train autoencoder` or `import`",
        HelpName = "FILE",
    };

    public TrainDiffusionCommand(RunnerConsole console)
        : base(console, "diffusion", "Train the diffusion model of faces, conditioned on attributes and masks.")
    {
        Options.Add(autoencoder);
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff train diffusion --data faces --autoencoder runs/autoencoder/checkpoints/step-3000/model.safetensors --out runs/faces", "the demo's model"),
        ("kerneldiff train diffusion --resume runs/faces --steps 20000", "go on, further than planned"),
        ("kerneldiff train diffusion --data faces --config celebahq-256 --dry-run", "what the reference configuration takes"),
    ];

    protected override string TrainingKey => "diffusion_training";

    protected override TrainingConfiguration TrainingOf(RunConfiguration run) => run.DiffusionTraining;

    protected override RunConfiguration WithSteps(RunConfiguration document, int count) =>
        document with { DiffusionTraining = document.DiffusionTraining with { Steps = count } };

    protected override RunInputs AddInputs(CommandContext context, RunInputs inputs)
    {
        var file = context.Get(autoencoder);
        return inputs with { Autoencoder = file is null ? null : Path.GetFullPath(file) };
    }

    protected override void Require(RunInputs inputs)
    {
        if (inputs.Autoencoder is null)
        {
            throw new UsageException(
                "--autoencoder FILE is missing: diffusion runs on an autoencoder's latents. Train one first: kerneldiff train autoencoder.");
        }
    }

    protected override (long Parameters, long Bytes) Estimate(RunConfiguration run)
    {
        var first = FirstStage.Describe(run.Model.FirstStage).ParameterCount;
        if (run.Model.UNet is null)
        {
            throw new UsageException($"The configuration '{run.Model.Name}' has no UNet: there is nothing to train with diffusion.");
        }

        var parameters = new ConditionedUNet(run.Model).ParameterCount;
        return (parameters, MemoryEstimate.Diffusion(run.Model, parameters, first, run.DiffusionTraining.Batch));
    }

    protected override TrainingSetup Prepare(
        CommandContext context, Device device, RunConfiguration run, RunInputs inputs, StoredFaces faces, string cacheFolder)
    {
        using var file = WeightFile.Open(inputs.Autoencoder!);
        var trained = ModelFile.ConfigurationOf(file);
        var model = run.Model with { FirstStage = trained.FirstStage };
        if (trained.ImageSize != model.ImageSize)
        {
            context.Log(
                Verbosity.Normal,
                $"warning: the autoencoder was trained on images of edge {trained.ImageSize}, this model has {model.ImageSize}.");
        }

        model.Validate();
        var session = new Session(device);
        var firstStage = new FirstStage(session, model.FirstStage, withGradients: false);
        firstStage.Arena.LoadAll(file, FirstStage.Prefix);
        var latents = LatentStore.Open(
            cacheFolder,
            model,
            firstStage,
            ModelFile.HashOf(file),
            faces,
            run.DiffusionTraining.Mirror,
            (done, all) =>
            {
                context.Cancellation.ThrowIfCancellationRequested();
                context.Progress.Show($"encoding images: {done} of {all}");
            });
        context.Progress.Clear();
        if (model.Diffusion.ScaleFactor is null)
        {
            model = model with { Diffusion = model.Diffusion with { ScaleFactor = Math.Round(1 / latents.Deviation(), 4) } };
            context.Log(Verbosity.Verbose, FormattableString.Invariant($"Latents are scaled by {model.Diffusion.ScaleFactor:F4}, one over their deviation."));
        }

        var trainer = new DiffusionTrainer(session, model, run.DiffusionTraining, latents, firstStage);
        return new TrainingSetup(trainer, run with { Model = model }, [session, firstStage, latents]);
    }
}
