using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Evaluation;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Recognition;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Tests.Files;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tests.Training;

public class RecognitionTrainingTests
{
    private const int Size = TinyTraining.ImageSize;

    private TemporaryFolder folder;
    private Device device;
    private Session session;

    [SetUp]
    public void Open()
    {
        folder = new TemporaryFolder();
        device = DeviceCatalog.Open("cpu");
        session = new Session(device);
    }

    [TearDown]
    public void Close()
    {
        session.Dispose();
        device.Dispose();
        folder.Dispose();
    }

    [Test]
    public void A_trained_parser_is_read_from_its_file_and_sees_the_classes()
    {
        var path = Path.Combine(folder.Path, "parser.safetensors");
        using (var trainer = new ParserTrainer(session, Size, Settings(120), new BrightFaces()))
        {
            while (trainer.Steps < 120)
            {
                trainer.Step();
            }

            trainer.WriteModel(path);
        }

        using var parser = FaceParser.Load(session, path);
        var score = new SegmentationScore();
        score.Add(new LabelMask(Size, Size, BrightFaces.Labels(1, false)), parser.Parse([BrightFaces.Image(1)])[0]);
        Assert.That(score.PixelAccuracy, Is.GreaterThan(0.9), "the left half is another class than the right half");
    }

    [Test]
    public void A_trained_classifier_is_read_from_its_file_and_sees_the_attribute()
    {
        var path = Path.Combine(folder.Path, "classifier.safetensors");
        using (var trainer = new ClassifierTrainer(session, Size, Settings(60), new BrightFaces()))
        {
            while (trainer.Steps < 60)
            {
                trainer.Step();
            }

            trainer.WriteModel(path);
        }

        using var classifier = AttributeClassifier.Load(session, path);
        var found = classifier.Classify([.. Enumerable.Range(0, 4).Select(BrightFaces.Image)]);
        Assert.That(found.Select(states => states[0]), Is.EqualTo(Enumerable.Range(0, 4).Select(BrightFaces.State)));
    }

    [Test]
    public void Rare_classes_count_more_up_to_a_limit()
    {
        using var trainer = new ParserTrainer(session, Size, Settings(1), new BrightFaces());
        Assert.That(trainer.ClassWeights[FaceClasses.Hair], Is.EqualTo(MathF.Sqrt(2)).Within(1e-6f), "half of all pixels");
        Assert.That(trainer.ClassWeights[FaceClasses.Skin], Is.EqualTo(MathF.Sqrt(1000)).Within(1e-4f), "none");
    }

    [Test]
    public void Attributes_that_are_not_specified_teach_nothing()
    {
        using var trainer = new ClassifierTrainer(session, Size, Settings(1) with { WeightDecay = 0 }, new BrightFaces());
        var weights = trainer.Arena.Parameters.Single(parameter => parameter.Name == "out.weight");
        var before = weights.ToArray();
        var step = trainer.Step();
        var after = weights.ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(step.Loss, Is.InRange(0.05f, 3f), "the mean over the one attribute that is known, not over forty");
            var changed = Enumerable.Range(0, before.Length).Where(i => after[i] != before[i]).Select(i => i % FaceAttributes.Count);
            Assert.That(changed.Distinct(), Is.EqualTo(new[] { 0 }), "attributes whose weights changed");
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Resuming_gives_the_bits_of_an_uninterrupted_run(bool isParser)
    {
        var straight = Run("straight", isParser, stopAfter: null);
        Run("broken", isParser, stopAfter: 2);
        var resumed = Run("broken", isParser, stopAfter: null);
        Assert.That(File.ReadAllBytes(resumed.Model), Is.EqualTo(File.ReadAllBytes(straight.Model)));
    }

    private TrainingRunResult Run(string name, bool isParser, int? stopAfter)
    {
        var path = Path.Combine(folder.Path, name);
        var isResumed = Directory.Exists(path);
        var run = isResumed ? RunFolder.Open(path).Run : RunFolder.Create(path, new RunConfiguration { Model = TinyTraining.Model() });
        using var cancellation = new CancellationTokenSource();
        var settings = Settings(4);
        using Trainer trainer = isParser
            ? new ParserTrainer(session, Size, settings, new TinyFaces())
            : new ClassifierTrainer(session, Size, settings, new TinyFaces());
        var training = new TrainingRun(run, trainer, settings, new TrainingRunEvents
        {
            Stepped = step =>
            {
                if (step.Step == stopAfter)
                {
                    cancellation.Cancel();
                }
            },
        });
        if (isResumed)
        {
            Assert.That(training.Resume(), Is.EqualTo(2));
        }

        var result = training.Run(cancellation.Token);
        Assert.That(Directory.GetFiles(run.Samples), Is.Not.Empty);
        return result;
    }

    private static RecognitionTrainingConfiguration Settings(int steps) => new()
    {
        Steps = steps,
        Batch = 2,
        Accumulate = 2,
        LearningRate = 3e-3f,
        WarmUp = 2,
        CoolDown = 0,
        SampleEvery = 0,
        Width = 8,
        Levels = 2,
    };

    /// <summary>Bright or dark pictures, whose halves are of different hue and class; only the first attribute, bright, is specified.</summary>
    private sealed class BrightFaces : IFaceSource
    {
        private readonly AttributeState[] states = new AttributeState[FaceAttributes.Count];

        public int Count => 4;

        public string Fingerprint => "bright";

        public static AttributeState State(int image) => image % 2 == 0 ? AttributeState.Yes : AttributeState.No;

        public static RgbImage Image(int image)
        {
            var picture = new RgbImage(Size, Size);
            new BrightFaces().Read([new TrainingDraw(image, false)], picture.Pixels);
            return picture;
        }

        public static byte[] Labels(int image, bool isMirrored)
        {
            var labels = new byte[Size * Size];
            new BrightFaces().ReadLabels([new TrainingDraw(image, isMirrored)], Size, labels);
            return labels;
        }

        public void Read(ReadOnlySpan<TrainingDraw> draws, Span<byte> pixels)
        {
            for (var i = 0; i < pixels.Length / 3; i++)
            {
                var draw = draws[i / (Size * Size)];
                var isLeft = i % Size < Size / 2 != draw.IsMirrored;
                var value = (byte)(State(draw.Image) == AttributeState.Yes ? 250 : 90);
                (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = isLeft ? (value, (byte)0, (byte)0) : ((byte)0, value, (byte)0);
            }
        }

        public void ReadLabels(ReadOnlySpan<TrainingDraw> draws, int size, Span<byte> labels)
        {
            for (var i = 0; i < labels.Length; i++)
            {
                labels[i] = i % size < size / 2 != draws[i / (size * size)].IsMirrored ? FaceClasses.Hair : FaceClasses.Cloth;
            }
        }

        public ReadOnlySpan<AttributeState> Attributes(int image)
        {
            Array.Fill(states, AttributeState.Unspecified);
            states[0] = State(image);
            return states;
        }
    }
}
