using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// The gradients of group normalisation in double precision, element by element. The averages of a group are computed once; the
/// statistics are computed from the input, not taken from the operands, so that the rounding of saved ones shows.
/// </summary>
internal sealed class GroupNormBackwardReference(GroupNormSetup setup, WantedGradients wanted)
{
    private readonly GroupNormReference forward = new(setup);
    private CaseValues? computedFor;
    private (double Average, double Product)?[] averages = [];

    public double Compute(CaseValues values, string output, int index) => output switch
    {
        "inputGradient" or "outputGradient" => Input(values, index),
        "weightGradient" => Added(values, output, index)
            + Images(image => Sum(values, image, index, i => Gain(values, i) * Normalised(values, i) * Inner(values, i))),
        "biasGradient" => Added(values, output, index)
            + Images(image => Sum(values, image, index, i => Gain(values, i) * Inner(values, i))),
        "scaleGradient" => Scale(values, index / setup.Channels, index % setup.Channels),
        "shiftGradient" => Shift(values, index / setup.Channels, index % setup.Channels),
        "scaleShiftGradient" when index / setup.Channels % 2 == 0 =>
            Scale(values, index / setup.Channels / 2, index % setup.Channels),
        _ => Shift(values, index / setup.Channels / 2, index % setup.Channels),
    };

    private double Added(CaseValues values, string gradient, int index) =>
        wanted == WantedGradients.AllAccumulated ? values[gradient][index] : 0;

    private double Images(Func<int, double> term) => Enumerable.Range(0, setup.Batch).Sum(term);

    private double Scale(CaseValues values, int image, int channel) =>
        Sum(values, image, channel, i => Affine(values, i) * Inner(values, i));

    private double Shift(CaseValues values, int image, int channel) => Sum(values, image, channel, i => Inner(values, i));

    private double Sum(CaseValues values, int image, int channel, Func<int, double> term)
    {
        var sum = 0.0;
        for (var pixel = 0; pixel < setup.Pixels; pixel++)
        {
            sum += term((((image * setup.Pixels) + pixel) * setup.Channels) + channel);
        }

        return sum;
    }

    private double Input(CaseValues values, int index)
    {
        if (!ReferenceEquals(values, computedFor))
        {
            averages = new (double, double)?[setup.Batch * setup.Groups];
            computedFor = values;
        }

        var group = Group(index);
        var (average, product) = averages[group] ??= Averages(values, group);
        return forward.Statistics(values, group).ReciprocalDeviation
            * (ToNormalised(values, index) - average - (Normalised(values, index) * product));
    }

    private (double Average, double Product) Averages(CaseValues values, int group)
    {
        var (image, first) = (group / setup.Groups, group % setup.Groups * setup.GroupWidth);
        var (average, product) = (0.0, 0.0);
        for (var channel = first; channel < first + setup.GroupWidth; channel++)
        {
            average += Sum(values, image, channel, i => ToNormalised(values, i));
            product += Sum(values, image, channel, i => ToNormalised(values, i) * Normalised(values, i));
        }

        var count = setup.Pixels * setup.GroupWidth;
        return (average / count, product / count);
    }

    /// <summary>The gradient that arrives at the normalised input.</summary>
    private double ToNormalised(CaseValues values, int index) =>
        (setup.Affine ? values["weight"][index % setup.Channels] : 1) * Gain(values, index) * Inner(values, index);

    /// <summary>The gradient that arrives before the activation.</summary>
    private double Inner(CaseValues values, int index)
    {
        var gradient = values["outputGradient"][index];
        if (!setup.Silu)
        {
            return gradient;
        }

        var shift = setup.ScaleAndShift(values, Image(index), index % setup.Channels).Shift;
        var z = (Affine(values, index) * Gain(values, index)) + shift;
        var sigmoid = 1 / (1 + Math.Exp(-z));
        return gradient * sigmoid * (1 + (z * (1 - sigmoid)));
    }

    private double Normalised(CaseValues values, int index)
    {
        var (mean, reciprocalDeviation) = forward.Statistics(values, Group(index));
        return (values["input"][index] - mean) * reciprocalDeviation;
    }

    private double Affine(CaseValues values, int index)
    {
        var c = index % setup.Channels;
        return setup.Affine
            ? (Normalised(values, index) * values["weight"][c]) + values["bias"][c]
            : Normalised(values, index);
    }

    private double Gain(CaseValues values, int index) =>
        1 + setup.ScaleAndShift(values, Image(index), index % setup.Channels).Scale;

    private int Image(int index) => index / setup.Channels / setup.Pixels;

    private int Group(int index) => (Image(index) * setup.Groups) + (index % setup.Channels / setup.GroupWidth);
}
