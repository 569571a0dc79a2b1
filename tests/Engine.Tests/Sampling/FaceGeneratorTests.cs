using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Sampling;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Tests.Files;
using KernelDiff.Engine.Tests.Plans;
using KernelDiff.Engine.Tests.Training;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Engine.Tests.Sampling;

public class FaceGeneratorTests
{
    private TemporaryFolder folder;
    private Device device;
    private FaceModel model;

    [OneTimeSetUp]
    public void TrainAndLoad()
    {
        folder = new TemporaryFolder();
        device = DeviceCatalog.Open("cpu");
        model = FaceModel.Load(device, TinyModel.Train(device, folder.PathOf("tiny.safetensors")));
    }

    [OneTimeTearDown]
    public void Close()
    {
        model.Dispose();
        device.Dispose();
        folder.Dispose();
    }

    [TestCase("ddim", 0.0)]
    [TestCase("ddim", 1.0)]
    [TestCase("ddpm", 0.0)]
    [TestCase("plms", 0.0)]
    [TestCase("dpm++", 0.0)]
    [TestCase("euler", 0.0)]
    [TestCase("heun", 0.0)]
    public void A_face_is_the_same_in_any_batch(string sampler, double eta)
    {
        var settings = new SamplingSettings { Sampler = sampler, Eta = eta, Steps = 4, GuidanceAttributes = 3, GuidanceMask = 2 };
        var requests = Enumerable.Range(0, 3).Select(Request).ToList();
        var together = Make(settings, 3, requests);
        var alone = Make(settings, 1, [requests[2]]);
        Assert.That(alone[0].Image.Pixels, Is.EqualTo(together[2].Image.Pixels));
        Assert.That(together[0].Image.Pixels, Is.Not.EqualTo(together[1].Image.Pixels));
    }

    [Test]
    public void What_a_face_carries_makes_it_again()
    {
        var settings = new SamplingSettings { Sampler = "dpm++", Steps = 3, GuidanceAttributes = 2 };
        var face = Make(settings, 2, [Request(0), Request(7)])[1];
        var path = folder.PathOf("face.png");
        ImageFile.SavePng(path, face.Image, new Dictionary<string, string> { [SampleRecord.Keyword] = face.Record.Write() });
        var record = SampleRecord.Read(path);
        Assert.That(record.Weights, Is.EqualTo(model.Hash));
        var again = Make(record.Settings, 1, [record.Request()]);
        Assert.That(again[0].Image.Pixels, Is.EqualTo(ImageFile.Read(path).Pixels));
    }

    [Test]
    public void A_face_is_the_same_in_any_batch_by_a_plan_of_unusual_variants()
    {
        var settings = new SamplingSettings { Steps = 2 };
        var requests = Enumerable.Range(0, 4).Select(Request).ToList();
        var plan = UnusualVariants.Of(device, () => Make(settings, 4, requests));
        device.Plan = plan;
        try
        {
            var launched = new HashSet<(string, string, string)>();
            void Record(LaunchRecord launch) => launched.Add((launch.Operation, launch.PlannedShape ?? "", launch.Variant));
            device.Timeline.Launched += Record;
            var alone = Make(settings, 1, [requests[3]])[0];
            device.Timeline.Launched -= Record;
            Assert.That(plan.Entries.Select(entry => (entry.Operation, entry.Shape, entry.Variant)), Is.Not.Empty.And.SubsetOf(launched));
            Assert.That(alone.Image.Pixels, Is.EqualTo(Make(settings, 4, requests)[3].Image.Pixels));
            Assert.That(alone.Record.Plan, Is.EqualTo(plan.Hash));
        }
        finally
        {
            device.Plan = null;
        }
    }

    [Test]
    public void A_plan_for_other_devices_is_no_part_of_the_record()
    {
        device.Plan = new LaunchPlan([new PlanEntry("sim", "convolution", "8x8x16-16 3x3 padding 1", "shared")]);
        try
        {
            Assert.That(Make(new SamplingSettings { Steps = 1 }, 1, [Request(0)])[0].Record.Plan, Is.Null);
        }
        finally
        {
            device.Plan = null;
        }
    }

    [Test]
    public void Interpolation_starts_at_one_face_and_ends_at_the_other()
    {
        var settings = new SamplingSettings { Steps = 3 };
        var (start, end) = (Request(0), Request(1) with { Mask = Request(0).Mask });
        var between = new[] { 0.0, 0.5, 1.0 }.Select(part => start with { TowardsOrigin = end.Origin, Part = part }).ToList();
        var path = Make(settings, 3, between);
        var ends = Make(settings, 2, [start, end]);

        // The arc's ends are the noises themselves but for the rounding of two multiplications.
        Assert.That(Difference(path[0], ends[0]), Is.LessThanOrEqualTo(1));
        Assert.That(Difference(path[2], ends[1]), Is.LessThanOrEqualTo(1));
        Assert.That(Difference(path[1], ends[0]), Is.GreaterThan(1));
    }

    [Test]
    public void A_preview_is_close_to_the_face()
    {
        IReadOnlyList<RgbImage> last = [];
        var face = new FaceGenerator(model, new SamplingSettings { Steps = 3 })
            .Generate([Request(0)], preview: images => last = images).Single();
        var shrunk = Resizing.Resize(face.Image, last[0].Width, last[0].Height);
        var meanError = shrunk.Pixels.Zip(last[0].Pixels, (a, b) => Math.Abs(a - b)).Average();
        var grey = shrunk.Pixels.Average(value => (double)value);
        Assert.That(meanError, Is.LessThan(shrunk.Pixels.Average(value => Math.Abs(value - grey))), "better than plain grey");
    }

    [Test]
    public void An_image_without_a_record_is_refused()
    {
        var path = folder.PathOf("plain.png");
        ImageFile.SavePng(path, new RgbImage(4, 4));
        Assert.That(() => SampleRecord.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains("no record"));
    }

    [TestCase("{}")]
    [TestCase("no JSON")]
    [TestCase("""{"model":"m","weights":"w","device":"cpu","seed":1,"index":0,"settings":{},"mask":"AAAA","mask_size":4}""")]
    [TestCase("""{"model":"m","weights":"w","device":"cpu","seed":1,"index":0,"settings":{},"attributes":"Smilling"}""")]
    [TestCase("""{"model":"m","weights":"w","device":"cpu","seed":1,"index":0,"settings":{},"extra":1}""")]
    public void A_damaged_record_is_refused(string text)
    {
        var path = folder.PathOf("damaged.png");
        ImageFile.SavePng(path, new RgbImage(4, 4), new Dictionary<string, string> { [SampleRecord.Keyword] = text });
        Assert.That(() => SampleRecord.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains("damaged.png"));
    }

    [Test]
    public void The_hash_of_a_model_is_that_of_its_content()
    {
        using var file = WeightFile.Open(folder.PathOf("tiny.safetensors"));
        Assert.That(ModelFile.Hash(file), Is.EqualTo(file.Metadata[ModelFile.HashKey]));
    }

    [Test]
    public void An_autoencoder_alone_cannot_sample()
    {
        var path = folder.PathOf("autoencoder.safetensors");
        using var session = new Session(device);
        using var trainer = new AutoencoderTrainer(session, TinyTraining.Model(), TinyTraining.Autoencoder(1), new TinyFaces());
        trainer.WriteModel(path);
        Assert.That(() => FaceModel.Load(device, path), Throws.TypeOf<WeightFileException>().With.Message.Contains("autoencoder alone"));
    }

    private List<GeneratedFace> Make(SamplingSettings settings, int batch, IReadOnlyList<FaceRequest> requests) =>
        [.. new FaceGenerator(model, settings, batch).Generate(requests)];

    private static FaceRequest Request(int index)
    {
        var mask = new LabelMask(20, 20);
        mask.Labels.AsSpan(20 * index % 300, 60).Fill((byte)((index % 5) + 1));
        return new FaceRequest
        {
            Origin = new NoiseOrigin(9, index),
            Mask = mask,
            Attributes = FaceAttributes.Parse(index % 2 == 0 ? "Smiling,-Male" : "Male"),
        };
    }

    private static int Difference(GeneratedFace a, GeneratedFace b) =>
        a.Image.Pixels.Zip(b.Image.Pixels, (x, y) => Math.Abs(x - y)).Max();
}

/// <summary>A model that was trained for a few steps, so that no layer is zero.</summary>
internal static class TinyModel
{
    public static string Train(Device device, string path)
    {
        using var session = new Session(device);
        var model = TinyTraining.Model();
        using var firstStage = new FirstStage(session, model.FirstStage, withGradients: false);
        Modules.ParameterInitialization.Initialize(firstStage.Arena, 5);
        using var trainer = new DiffusionTrainer(session, model, TinyTraining.Diffusion(3) with { WarmUp = 0, EmaDecay = 0 }, new TinyFaces(), firstStage);
        for (var i = 0; i < 3; i++)
        {
            trainer.Step();
        }

        trainer.WriteModel(path);
        return path;
    }
}
