using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Data.Synthesis;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Training;

namespace KernelDiff.Benchmarks;

/// <summary>Latents, label maps and attributes of drawn faces.</summary>
internal sealed class DrawnLatents : ILatentSource
{
    private const int Faces = 64;
    private const ulong Seed = 1;

    private readonly float[][] latents = new float[Faces][];
    private readonly byte[][] labels = new byte[Faces][];
    private readonly AttributeState[][] attributes = new AttributeState[Faces][];

    /// <param name="model">Encodes the pictures.</param>
    public DrawnLatents(FaceModel model)
    {
        for (var i = 0; i < Faces; i++)
        {
            using var scope = model.Session.BeginWithoutGradient();
            var face = FaceSynthesizer.Draw(Seed, i, model.Configuration.ImageSize);
            latents[i] = model.FirstStage.Encode(
                ImagePixels.ToTensor(model.Session, face.Image.Pixels, 1, model.Configuration.ImageSize)).ToArray();
            labels[i] = Resizing.ToSquare(face.Mask, model.Configuration.Conditioning.MaskSize).Labels;
            attributes[i] = [.. face.Attributes.Select(has => has ? AttributeState.Yes : AttributeState.No)];
        }
    }

    public int Count => Faces;

    public string Fingerprint => "drawn";

    public void Read(int image, bool isMirrored, Span<float> latent, Span<byte> labels)
    {
        latents[image].CopyTo(latent);
        this.labels[image].CopyTo(labels);
    }

    public ReadOnlySpan<AttributeState> Attributes(int image) => attributes[image];
}
