using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Profiling;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Benchmarks;

/// <summary>A row of the table: a network and one piece of its work.</summary>
/// <param name="Name">Unique; <c>--only</c> looks for a part of it.</param>
/// <param name="Images">Images that one run makes or learns from.</param>
/// <param name="Create">Makes the network; its result runs it once and waits for the device.</param>
internal sealed record BenchmarkWorkload(string Name, int Images, Func<Session, (Action Run, IDisposable Network)> Create)
{
    /// <summary>The published unconditional UNet for faces, its decoder, and a UNet of 64 channels with cross-attention.</summary>
    public static IReadOnlyList<BenchmarkWorkload> All { get; } =
    [
        Faces(1),
        Faces(4),
        Conditional("conditional UNet, 32x32, batch 8", isTraining: false),
        Decoder,
        Conditional("conditional UNet, 32x32, batch 8, training step", isTraining: true),
    ];

    private static BenchmarkWorkload Decoder => new("vq-f4 decoder to 256x256, batch 1", 1, session =>
    {
        var model = ConfigurationDocument.Load("vq-f4").Model;
        var workload = ModelPart.Decoder.CreateWorkload(session, model, 1, isTraining: false);
        return (workload.Run, workload);
    });

    private static BenchmarkWorkload Faces(int batch) => new($"CelebA-HQ UNet, 64x64, batch {batch}", batch, session =>
    {
        var model = ConfigurationDocument.Load("celebahq-ldm-vq-4").Model;
        var workload = ModelPart.UNet.CreateWorkload(session, model, batch, isTraining: false);
        return (workload.Run, workload);
    });

    private static BenchmarkWorkload Conditional(string name, bool isTraining) => new(name, ConditionalUNet.Batch, session =>
    {
        var workload = new ConditionalUNet(session, isTraining);
        return (workload.Run, workload);
    });
}
