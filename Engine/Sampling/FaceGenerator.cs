using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Diffusion;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Sampling;

/// <summary>Where the making of faces stands.</summary>
/// <param name="Faces">Faces that are ready.</param>
/// <param name="Count">Faces in all.</param>
/// <param name="Step">Steps made for those in work.</param>
/// <param name="Steps">Steps that they take.</param>
public readonly record struct GenerationProgress(int Faces, int Count, int Step, int Steps);

/// <summary>Makes faces with a model, batch by batch. A face does not depend on the batch it is made in.</summary>
public sealed class FaceGenerator
{
    private readonly FaceModel model;
    private readonly SamplingSettings settings;
    private readonly int batch;

    /// <param name="model">Stays the caller's.</param>
    /// <param name="settings">Sampler, steps, guidance.</param>
    /// <param name="batch">Faces that are made at once.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public FaceGenerator(FaceModel model, SamplingSettings settings, int batch = 4)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        settings.Validate(model.Schedule.Timesteps);
        this.model = model;
        this.settings = settings;
        this.batch = batch;
    }

    /// <summary>Makes faces, in the order of the requests, each as soon as its batch is ready.</summary>
    /// <param name="requests">What to make.</param>
    /// <param name="progress">Called after each step; it may throw to cancel.</param>
    /// <param name="preview">Called after each step with rough pictures of the batch in work; null for none.</param>
    public IEnumerable<GeneratedFace> Generate(
        IReadOnlyList<FaceRequest> requests,
        Action<GenerationProgress>? progress = null,
        Action<IReadOnlyList<RgbImage>>? preview = null)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return Run();

        IEnumerable<GeneratedFace> Run()
        {
            for (var first = 0; first < requests.Count; first += batch)
            {
                var part = requests.Skip(first).Take(batch).ToList();
                var done = first;
                var images = Sample(
                    part, step => progress?.Invoke(new GenerationProgress(done, requests.Count, step.Step + 1, step.Count)), preview);
                for (var i = 0; i < part.Count; i++)
                {
                    yield return new GeneratedFace(images[i], SampleRecord.Of(
                        part[i], settings, model.Configuration.Name, model.Hash, model.Session.Device));
                }
            }
        }
    }

    private RgbImage[] Sample(List<FaceRequest> requests, Action<SamplingProgress> progress, Action<IReadOnlyList<RgbImage>>? preview)
    {
        var session = model.Session;
        using var scope = session.BeginWithoutGradient();
        var configuration = model.Configuration;
        var shape = new TensorShape(
            requests.Count, configuration.LatentSize, configuration.LatentSize, configuration.FirstStage.LatentChannels);
        var latentPreview = preview is null ? null : new LatentPreview(model);
        var latents = FaceSampler.Sample(
            session,
            model.Network,
            model.Schedule,
            shape,
            Conditions(requests),
            settings,
            [.. requests.Select(request => request.Origin)],
            step =>
            {
                if (latentPreview is not null)
                {
                    preview!(latentPreview.Draw(step.Predicted));
                }

                progress(step);
            },
            requests.Exists(request => request.TowardsOrigin is not null) ? Start(requests, shape) : null);
        return ImagePixels.Split(ImagePixels.FromTensor(model.Decode(latents)), requests.Count, configuration.ImageSize);
    }

    private ConditionBatch Conditions(List<FaceRequest> requests)
    {
        var conditions = new ConditionBatch(requests.Count, model.Configuration.Conditioning.MaskSize);
        for (var i = 0; i < requests.Count; i++)
        {
            if (requests[i].Attributes is { } attributes)
            {
                conditions.SetAttributes(i, [.. attributes]);
            }

            if (requests[i].Mask is { } mask)
            {
                conditions.SetMask(i, Resizing.ToSquare(mask, conditions.MaskSize).Labels);
            }
        }

        return conditions;
    }

    /// <summary>The noise that each face starts from, on the arc between two where it lies between two.</summary>
    private Tensor Start(List<FaceRequest> requests, TensorShape shape)
    {
        var one = shape.With(0, 1);
        return Structure.Concat(0, [.. requests.Select(request =>
        {
            var from = FaceSampler.Noise(model.Session, one, [request.Origin], 0);
            return request.TowardsOrigin is { } to
                ? FaceSampler.Interpolate(from, FaceSampler.Noise(model.Session, one, [to], 0), request.Part)
                : from;
        })]);
    }
}
