using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Data.Synthesis;
using KernelDiff.Engine.Diffusion;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Benchmarks;

/// <summary>What sampling with the demo model goes through: 50 steps of DDIM for four drawn faces, with the guidance of <c>sample</c>.</summary>
/// <param name="Latents">After each step.</param>
/// <param name="Pixels">Of the pictures in the end.</param>
internal sealed record Trajectory(IReadOnlyList<float[]> Latents, byte[] Pixels)
{
    private const int Steps = 50;
    private const int Faces = 4;
    private const ulong Seed = 1;
    private const float Guidance = 2;

    public static Trajectory Sample(AccuracyVariant variant, int threads, string weights)
    {
        using var device = variant.Open(threads);
        using var model = FaceModel.Load(device, weights);
        var session = model.Session;
        using var scope = session.BeginWithoutGradient();
        var predictor = new FaceGuidance(Guidance, Guidance).Predictor(session, model.Network, Conditions(model.Configuration.Conditioning.MaskSize));
        var size = model.Configuration.LatentSize;
        var noise = RandomTensors.Normal(
            session, new TensorShape(Faces, size, size, model.Configuration.FirstStage.LatentChannels), new RandomKey { Seed = Seed, Stream = 1 });
        var latents = new List<float[]>();
        var clean = DiscreteSamplers.Ddim()(
            noise,
            predictor,
            model.Schedule,
            SamplingTimesteps.Ddim(model.Schedule.Timesteps, Steps),
            _ => throw new InvalidOperationException("DDIM without eta adds no noise."),
            progress => latents.Add(progress.Latent.ToArray()));
        return new Trajectory(latents, ImagePixels.FromTensor(model.Decode(clean)));
    }

    private static ConditionBatch Conditions(int maskSize)
    {
        var conditions = new ConditionBatch(Faces, maskSize);
        for (var i = 0; i < Faces; i++)
        {
            // Drawn from the complement of the seed, as sample does: no training set holds them.
            var face = FaceSynthesizer.Draw(~Seed, i, 4 * maskSize);
            conditions.SetMask(i, Resizing.ToSquare(face.Mask, maskSize).Labels);
            conditions.SetAttributes(i, [.. face.Attributes.Select(has => has ? AttributeState.Yes : AttributeState.No)]);
        }

        return conditions;
    }
}
