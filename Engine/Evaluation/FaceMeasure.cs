using KernelDiff.Engine.Data;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Recognition;

namespace KernelDiff.Engine.Evaluation;

/// <summary>Measures whether faces show given masks and attributes.</summary>
/// <param name="parser">Reads masks; null to leave them out. Stays the caller's.</param>
/// <param name="classifier">Reads attributes; null to leave them out. Stays the caller's.</param>
public sealed class FaceMeasure(FaceParser? parser, AttributeClassifier? classifier)
{
    /// <summary>Null without a parser.</summary>
    public SegmentationScore? Masks { get; } = parser is null ? null : new SegmentationScore();

    /// <summary>Null without a classifier.</summary>
    public AttributeScore? Attributes { get; } = classifier is null ? null : new AttributeScore();

    /// <summary>Images measured.</summary>
    public int Images { get; private set; }

    /// <summary>Measures a face.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="mask">What it should show, of the picture's size.</param>
    /// <param name="attributes">What it should show, 40 states.</param>
    /// <returns>What the parser saw, or null without one.</returns>
    public LabelMask? Add(RgbImage image, LabelMask mask, ReadOnlySpan<AttributeState> attributes)
    {
        var found = parser?.Parse([image])[0];
        if (found is not null)
        {
            Masks!.Add(mask, found);
        }

        if (classifier is not null)
        {
            Attributes!.Add(attributes, classifier.Classify([image])[0]);
        }

        Images++;
        return found;
    }
}
