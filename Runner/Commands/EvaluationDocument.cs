using KernelDiff.Engine.Data;
using KernelDiff.Engine.Evaluation;

namespace KernelDiff.Runner.Commands;

/// <summary>What <c>kerneldiff evaluate --json</c> prints.</summary>
/// <param name="Device">Name of the device.</param>
/// <param name="Weights">Full path of the model.</param>
/// <param name="WeightsHash">Hash over its weights.</param>
/// <param name="Parser">Full path of the parser, or null.</param>
/// <param name="ParserHash">Hash over its weights.</param>
/// <param name="Classifier">Full path of the classifier, or null.</param>
/// <param name="ClassifierHash">Hash over its weights.</param>
/// <param name="Data">Full path of the data set.</param>
/// <param name="ImageSize">Edge at which everything is measured.</param>
/// <param name="Sampler">How images were sampled.</param>
/// <param name="Steps">Steps of the sampler.</param>
/// <param name="GuidanceAttributes">Guidance scale of the attributes.</param>
/// <param name="GuidanceMask">Guidance scale of the mask.</param>
/// <param name="Seed">Of the noise.</param>
/// <param name="Rows">The real images first, then a row for each mode.</param>
internal sealed record EvaluationDocument(
    string Device,
    string Weights,
    string WeightsHash,
    string? Parser,
    string? ParserHash,
    string? Classifier,
    string? ClassifierHash,
    string Data,
    int ImageSize,
    string Sampler,
    int Steps,
    float GuidanceAttributes,
    float GuidanceMask,
    ulong Seed,
    IReadOnlyList<EvaluationRow> Rows);

/// <summary>A row of an evaluation.</summary>
/// <param name="Images">real, or the conditions that images were sampled for: both, mask, attributes or none.</param>
/// <param name="Count">Images.</param>
/// <param name="Masks">Against the given masks, or null without a parser.</param>
/// <param name="Attributes">Against the given attributes, or null without a classifier.</param>
/// <param name="Seconds">For sampling all of them; 0 for real images.</param>
internal sealed record EvaluationRow(string Images, int Count, MaskMeasure? Masks, AttributeMeasure? Attributes, double Seconds)
{
    public static EvaluationRow Of(string images, FaceMeasure measure, double seconds) => new(
        images,
        measure.Images,
        measure.Masks is { } masks ? MaskMeasure.Of(masks) : null,
        measure.Attributes is { } attributes ? AttributeMeasure.Of(attributes) : null,
        seconds);
}

/// <summary>How well the parser finds the given masks again.</summary>
/// <param name="PixelAccuracy">Part of all pixels.</param>
/// <param name="MeanIntersectionOverUnion">Mean over the classes that occur in the given masks.</param>
/// <param name="Classes">Those classes, with the intersection over union of each.</param>
internal sealed record MaskMeasure(double PixelAccuracy, double MeanIntersectionOverUnion, IReadOnlyDictionary<string, double> Classes)
{
    public static MaskMeasure Of(SegmentationScore score) => new(
        score.PixelAccuracy,
        score.MeanIntersectionOverUnion,
        Enumerable.Range(0, FaceClasses.Count).Where(label => score.IntersectionOverUnion(label) is not null)
            .ToDictionary(label => FaceClasses.Names[label], label => score.IntersectionOverUnion(label)!.Value));
}

/// <summary>How well the classifier finds the given attributes again.</summary>
/// <param name="BalancedAccuracy">Mean over the attributes that occur with yes and with no; one half is guessing.</param>
/// <param name="Accuracy">Part of all attributes.</param>
/// <param name="BaseRate">The accuracy of always answering what is more frequent in these images.</param>
/// <param name="Attributes">Those of the balanced accuracy, with that of each.</param>
internal sealed record AttributeMeasure(
    double BalancedAccuracy, double Accuracy, double BaseRate, IReadOnlyDictionary<string, double> Attributes)
{
    public static AttributeMeasure Of(AttributeScore score) => new(
        score.BalancedAccuracy,
        score.Accuracy,
        score.BaseRate,
        Enumerable.Range(0, FaceAttributes.Count).Where(index => score.BalancedAccuracyOf(index) is not null)
            .ToDictionary(index => FaceAttributes.Names[index], index => score.BalancedAccuracyOf(index)!.Value));
}
