using KernelDiff.Engine.Data;
using KernelDiff.Engine.Evaluation;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Recognition;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tests.Recognition;

/// <summary>A parser that others trained, on real faces, against figures of an independent evaluation on the same pictures.</summary>
public class PublishedParserTests
{
    private static readonly (int Class, double Score)[] Expected =
    [
        (FaceClasses.Background, 0.80), (FaceClasses.Skin, 0.84), (FaceClasses.Hair, 0.80), (FaceClasses.Nose, 0.78), (FaceClasses.LeftEye, 0.72),
        (FaceClasses.RightEye, 0.74), (FaceClasses.LeftBrow, 0.59), (FaceClasses.RightBrow, 0.63), (FaceClasses.LeftEar, 0.41),
        (FaceClasses.RightEar, 0.57), (FaceClasses.Mouth, 0.85), (FaceClasses.UpperLip, 0.79), (FaceClasses.LowerLip, 0.79),
        (FaceClasses.Neck, 0.63), (FaceClasses.Cloth, 0.34), (FaceClasses.Earring, 0.34),
    ];

    [Test]
    public void A_published_parser_reads_real_faces_as_well_as_elsewhere()
    {
        var score = Score(512);
        using (Assert.EnterMultipleScope())
        {
            // The other evaluation resized with another library and compared at 256 x 256 pixels, which tells most in the smallest classes.
            Assert.That(score.PixelAccuracy, Is.EqualTo(0.870).Within(0.005));
            foreach (var (label, expected) in Expected)
            {
                Assert.That(score.IntersectionOverUnion(label), Is.EqualTo(expected).Within(0.04), FaceClasses.Names[label]);
            }
        }
    }

    /// <summary>Shrunk pictures are harder to read, and never impossible: the ceiling of generated pictures of that size.</summary>
    [TestCase(128, 0.78)]
    [TestCase(64, 0.62)]
    public void A_published_parser_reads_shrunk_faces_less_well(int size, double expected) =>
        Assert.That(Score(size).PixelAccuracy, Is.EqualTo(expected).Within(0.05));

    private static SegmentationScore Score(int size)
    {
        var weights = SharedData.Require("data", "pretrained", "face-parsing-unet", "model_best.pth");
        var dataset = FaceDataset.Open(SharedData.Require("data", "celebamask-hq-mini"));

        // The network learnt from the files as they are, mirrored ones included.
        var faces = dataset.Select(FaceSplit.Own, FacePartition.Test).Select(index => dataset.Items[index] with { IsMirrored = false })
            .OrderBy(item => item.Name, StringComparer.Ordinal).Take(24);
        using var device = DeviceCatalog.Open("cpu");
        using var session = new Session(device);
        using var parser = FaceParser.Load(session, weights);
        var score = new SegmentationScore();
        foreach (var face in faces)
        {
            var found = parser.Parse([Resizing.Resize(face.ReadImage(), size, size)])[0];
            score.Add(Resizing.Resize(face.ReadMask(), size, size), found);
        }

        TestContext.Out.WriteLine($"{size}: {score.PixelAccuracy:F4} {score.MeanIntersectionOverUnion:F4}");
        return score;
    }
}
