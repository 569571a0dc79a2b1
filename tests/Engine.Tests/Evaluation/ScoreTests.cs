using KernelDiff.Engine.Data;
using KernelDiff.Engine.Evaluation;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Tests.Evaluation;

public class ScoreTests
{
    [Test]
    public void Masks_are_scored_over_all_pixels_and_over_the_classes_that_were_given()
    {
        var score = new SegmentationScore();
        score.Add(new LabelMask(4, 1, [0, 0, 1, 1]), new LabelMask(4, 1, [0, 1, 1, 13]));
        score.Add(new LabelMask(2, 1, [0, 0]), new LabelMask(2, 1, [0, 0]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(score.Images, Is.EqualTo(2));
            Assert.That(score.PixelAccuracy, Is.EqualTo(4 / 6.0).Within(1e-12));
            Assert.That(score.IntersectionOverUnion(0), Is.EqualTo(3 / 4.0).Within(1e-12));
            Assert.That(score.IntersectionOverUnion(1), Is.EqualTo(1 / 3.0).Within(1e-12));
            Assert.That(score.IntersectionOverUnion(13), Is.Null, "found, but never given");
            Assert.That(score.MeanIntersectionOverUnion, Is.EqualTo(((3 / 4.0) + (1 / 3.0)) / 2).Within(1e-12));
        }
    }

    [Test]
    public void Maps_of_different_sizes_are_not_compared() =>
        Assert.That(() => new SegmentationScore().Add(new LabelMask(2, 2), new LabelMask(4, 1)), Throws.ArgumentException);

    [Test]
    public void A_label_that_is_no_class_is_refused() =>
        Assert.That(() => new SegmentationScore().Add(new LabelMask(1, 1, [19]), new LabelMask(1, 1)), Throws.ArgumentException);

    [Test]
    public void Attributes_are_scored_so_that_always_answering_the_same_is_a_half()
    {
        var score = new AttributeScore();
        score.Add(States(smiling: AttributeState.Yes, male: AttributeState.No), States(AttributeState.Yes, AttributeState.No));
        score.Add(States(smiling: AttributeState.Yes, male: AttributeState.No), States(AttributeState.Yes, AttributeState.Yes));
        score.Add(States(smiling: AttributeState.Yes, male: AttributeState.Unspecified), States(AttributeState.Yes, AttributeState.Yes));
        score.Add(States(smiling: AttributeState.No, male: AttributeState.No), States(AttributeState.Yes, AttributeState.Unspecified));
        var (smiling, male) = (FaceAttributes.IndexOf("Smiling"), FaceAttributes.IndexOf("Male"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(score.BalancedAccuracyOf(smiling), Is.EqualTo(0.5), "all three yes, never no");
            Assert.That(score.BalancedAccuracyOf(male), Is.Null, "never yes");
            Assert.That(score.BalancedAccuracy, Is.EqualTo(0.5));
            Assert.That(score.BalancedAttributes, Is.EqualTo(1));
            Assert.That(score.Accuracy, Is.EqualTo(4 / 6.0).Within(1e-12), "3 of 4 smiles, 1 of the 2 that are known on both sides");
            Assert.That(score.BaseRate, Is.EqualTo(5 / 6.0).Within(1e-12));
            Assert.That(score.Given(smiling, AttributeState.Yes), Is.EqualTo(3));
        }
    }

    private static AttributeState[] States(AttributeState smiling, AttributeState male)
    {
        var states = new AttributeState[FaceAttributes.Count];
        Array.Fill(states, AttributeState.Unspecified);
        (states[FaceAttributes.IndexOf("Smiling")], states[FaceAttributes.IndexOf("Male")]) = (smiling, male);
        return states;
    }
}
