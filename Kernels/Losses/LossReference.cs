using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Losses;

/// <summary>What the cases of all losses of single elements share.</summary>
internal static class LossReference
{
    public static Operand SampleWeights(int samples) =>
        Operand.Input("sampleWeights", samples, Fills.Uniform(0.5, 2)).ForEachImage();

    /// <summary>Means over the elements of a sample, and the weighted mean over the samples.</summary>
    /// <param name="samples">Samples of the batch.</param>
    /// <param name="elements">Elements of one sample.</param>
    /// <param name="value">The loss of element i of the batch.</param>
    public static CaseReference Of(int samples, int elements, Func<CaseValues, int, double> value) =>
        CaseReference.Elements((values, output, i) =>
        {
            double SampleLoss(int sample) =>
                Enumerable.Range(sample * elements, elements).Sum(index => value(values, index)) / elements;
            return output == "sampleLosses" ? SampleLoss(i) : WeightedMean(values, samples, SampleLoss);
        });

    /// <param name="samples">Samples of the batch.</param>
    /// <param name="elements">Elements of one sample.</param>
    /// <param name="derivative">The derivative of the loss of element i of the batch.</param>
    public static CaseReference OfGradient(int samples, int elements, Func<CaseValues, int, double> derivative) =>
        CaseReference.Elements((values, _, i) =>
            values["lossGradient"][0] * Weight(values, i / elements) * derivative(values, i) / ((double)samples * elements));

    public static double WeightedMean(CaseValues values, int samples, Func<int, double> sampleLoss) =>
        Enumerable.Range(0, samples).Sum(sample => Weight(values, sample) * sampleLoss(sample)) / samples;

    public static double Weight(CaseValues values, int sample) => values.Optional("sampleWeights")?[sample] ?? 1;
}
