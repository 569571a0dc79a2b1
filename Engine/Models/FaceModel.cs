using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Diffusion;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Models;

/// <summary>A whole model ready to sample: autoencoder, conditioned UNet, noise schedule.</summary>
public sealed class FaceModel : IDisposable
{
    private readonly ParameterArena arena;
    private readonly double scale;

    private FaceModel(Session session, ModelConfiguration configuration, string hash)
    {
        Session = session;
        Configuration = configuration;
        Hash = hash;
        Schedule = configuration.Diffusion.Build();
        scale = configuration.Diffusion.ScaleFactor ?? 1;
        FirstStage = new FirstStage(session, configuration.FirstStage, withGradients: false);
        Network = new ConditionedUNet(configuration);
        arena = Network.Materialize(session, withGradients: false);
    }

    public Session Session { get; }

    public ModelConfiguration Configuration { get; }

    /// <summary>Hash over the weights.</summary>
    public string Hash { get; }

    public NoiseSchedule Schedule { get; }

    public FirstStage FirstStage { get; }

    public ConditionedUNet Network { get; }

    /// <summary>Values of all networks.</summary>
    public long ParameterCount => arena.ParameterCount + FirstStage.Arena.ParameterCount;

    /// <summary>Loads a model file.</summary>
    /// <param name="device">Stays the caller's.</param>
    /// <param name="path">A file that training or <c>import</c> wrote.</param>
    /// <exception cref="WeightFileException">The file cannot be read, is no model, or lacks a parameter.</exception>
    /// <exception cref="ConfigurationException">Its configuration cannot be used.</exception>
    /// <exception cref="DeviceMemoryException">The device has too little memory.</exception>
    public static FaceModel Load(Device device, string path)
    {
        using var file = WeightFile.Open(path);
        var configuration = ModelFile.ConfigurationOf(file);
        if (configuration.UNet is null)
        {
            throw new WeightFileException(
                path, "the file holds an autoencoder alone", "Give the model of a diffusion training: RUN/checkpoints/step-N/model.safetensors.");
        }

        var session = new Session(device);
        var model = new FaceModel(session, configuration, ModelFile.HashOf(file));
        try
        {
            model.FirstStage.Arena.LoadAll(file, FirstStage.Prefix);
            model.arena.LoadAll(file);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The images of latents at the scale that the UNet sees.</summary>
    /// <param name="latents">[batch, height, width, latent channels].</param>
    /// <returns>[batch, image size, image size, 3] in about [-1, 1].</returns>
    public Tensor Decode(Tensor latents) =>
        FirstStage.Decode(scale == 1 ? latents : Elementwise.Affine(latents, (float)(1 / scale)));

    public void Dispose()
    {
        arena.Dispose();
        FirstStage.Dispose();
        Session.Dispose();
    }
}
