using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Networks;

namespace KernelDiff.Benchmarks;

/// <summary>What is to be reached: a rival's time divided by ours.</summary>
/// <param name="Must">The least.</param>
/// <param name="Aim">What the work is for.</param>
internal sealed record Goal(double Must, double Aim);

/// <summary>A row of the table.</summary>
/// <param name="Name">Unique; <c>--only</c> looks for a part of it.</param>
/// <param name="Workload">What runs.</param>
/// <param name="OnProcessor">Goal of the <c>cpu</c> device.</param>
/// <param name="OnOpenCl">Goal of OpenCL on the same processor.</param>
internal sealed record BenchmarkCase(string Name, Workload Workload, Goal OnProcessor, Goal OnOpenCl)
{
    /// <summary>A training step may take this part of libtorch's memory, and a prediction as much as ONNX Runtime's.</summary>
    public double MemoryGoal => Workload.IsTraining ? 0.8 : 1;

    /// <summary>The published unconditional UNet for faces, its decoder, and a UNet of 64 channels with cross-attention.</summary>
    public static IReadOnlyList<BenchmarkCase> All { get; } =
    [
        new("CelebA-HQ UNet, 64x64, batch 1", Faces(1), new Goal(1.9, 2.5), new Goal(0.6, 1.0)),
        new("CelebA-HQ UNet, 64x64, batch 4", Faces(4), new Goal(1.9, 2.3), new Goal(0.6, 1.0)),
        new("conditional UNet, 32x32, batch 8", Conditional(isTraining: false), new Goal(1.9, 2.3), new Goal(0.5, 0.8)),
        new("vq-f4 decoder to 256x256, batch 1", Decoder, new Goal(2.0, 3.0), new Goal(0.5, 0.8)),
        new("conditional UNet, 32x32, batch 8, training step", Conditional(isTraining: true), new Goal(1.6, 2.0), new Goal(0.4, 0.6)),
    ];

    private static Workload Decoder => new()
    {
        Model = ConfigurationDocument.Load("vq-f4").Model,
        Part = ModelPart.Decoder,
        Batch = 1,
    };

    public Goal? GoalOn(string device) =>
        device == "cpu" ? OnProcessor : device.StartsWith("opencl", StringComparison.Ordinal) ? OnOpenCl : null;

    private static Workload Faces(int batch) => new()
    {
        Model = ConfigurationDocument.Load("celebahq-ldm-vq-4").Model,
        Part = ModelPart.UNet,
        Batch = batch,
    };

    /// <summary>64 channels times 1, 2, 3, 4 on 8 latents of 32 x 32, with cross-attention to 20 tokens of 128 channels.</summary>
    private static Workload Conditional(bool isTraining) => new()
    {
        Model = ConfigurationDocument.Load("vq-f4").Model with
        {
            Name = "conditional",
            ImageSize = 128,
            UNet = new UNetConfiguration
            {
                InputChannels = 3,
                OutputChannels = 3,
                ModelChannels = 64,
                AttentionResolutions = [8, 4, 2],
                ResidualBlocks = 2,
                ChannelMultipliers = [1, 2, 3, 4],
                HeadChannels = 32,
                SpatialTransformer = true,
                ContextChannels = 128,
            },
        },
        Part = ModelPart.UNet,
        Batch = 8,
        Tokens = 20,
        IsTraining = isTraining,
    };
}
