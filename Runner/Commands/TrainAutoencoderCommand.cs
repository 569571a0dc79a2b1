using System.CommandLine;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff train autoencoder</c>: the first stage, between images and latents.</summary>
internal sealed class TrainAutoencoderCommand : TrainFacesCommand
{
    private readonly Option<string> vgg = new("--vgg")
    {
        Description = "VGG-16's weights as torchvision saves them, for the perceptual loss [default: no perceptual loss]",
        HelpName = "FILE",
    };

    private readonly Option<string> lpips = new("--lpips")
    {
        Description = "LPIPS's channel weights for VGG [default: all channels alike]",
        HelpName = "FILE",
    };

    public TrainAutoencoderCommand(RunnerConsole console)
        : base(console, "autoencoder", "Train the autoencoder between images and the latents that diffusion runs on.")
    {
        Options.Add(vgg);
        Options.Add(lpips);
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff train autoencoder --data faces --out runs/autoencoder", "the demo's autoencoder"),
        ("kerneldiff train autoencoder --resume runs/autoencoder", "go on where it stopped"),
    ];

    protected override string TrainingKey => "autoencoder_training";

    protected override TrainingConfiguration TrainingOf(RunConfiguration run) => run.AutoencoderTraining;

    protected override RunConfiguration WithSteps(RunConfiguration document, int count) =>
        document with { AutoencoderTraining = document.AutoencoderTraining with { Steps = count } };

    protected override RunInputs AddInputs(CommandContext context, RunInputs inputs)
    {
        var (network, weights) = (context.Get(vgg), context.Get(lpips));
        if (weights is not null && network is null)
        {
            throw new UsageException("--lpips weighs the channels of VGG, which --vgg FILE must give.");
        }

        return inputs with
        {
            Vgg = network is null ? null : Path.GetFullPath(network),
            Lpips = weights is null ? null : Path.GetFullPath(weights),
        };
    }

    protected override (long Parameters, long Bytes) Estimate(RunConfiguration run)
    {
        var parameters = FirstStage.Describe(run.Model.FirstStage).ParameterCount;
        return (parameters, MemoryEstimate.Autoencoder(run.Model, parameters, run.AutoencoderTraining.Batch));
    }

    protected override TrainingSetup Prepare(
        CommandContext context, Device device, RunConfiguration run, RunInputs inputs, StoredFaces faces, string cacheFolder)
    {
        var session = new Session(device);
        var perceptual = inputs.Vgg is null ? null : new PerceptualLoss(session, inputs.Vgg, inputs.Lpips);
        var trainer = new AutoencoderTrainer(session, run.Model, run.AutoencoderTraining, faces, perceptual);
        return new TrainingSetup(trainer, run, perceptual is null ? [session] : [session, perceptual]);
    }
}
