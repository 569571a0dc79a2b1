using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Normalization;

/// <summary>Group normalisation in double precision, element by element; the statistics of a group are computed once.</summary>
internal sealed class GroupNormReference(GroupNormSetup setup)
{
    private CaseValues? computedFor;
    private (double Mean, double ReciprocalDeviation)?[] statistics = [];

    public double Compute(CaseValues values, string output, int index)
    {
        if (output == "mean")
        {
            return Statistics(values, index).Mean;
        }

        if (output == "reciprocalDeviation")
        {
            return Statistics(values, index).ReciprocalDeviation;
        }

        var c = index % setup.Channels;
        var image = index / setup.Channels / setup.Pixels;
        var (mean, reciprocalDeviation) = Statistics(values, (image * setup.Groups) + (c / setup.GroupWidth));
        var y = (values["input"][index] - mean) * reciprocalDeviation;
        if (setup.Affine)
        {
            y = (y * values["weight"][c]) + values["bias"][c];
        }

        var (scale, shift) = setup.ScaleAndShift(values, image, c);
        y = (y * (1 + scale)) + shift;
        return setup.Silu ? y / (1 + Math.Exp(-y)) : y;
    }

    /// <summary>Of group <paramref name="index"/> of [batch][groups].</summary>
    public (double Mean, double ReciprocalDeviation) Statistics(CaseValues values, int index)
    {
        if (!ReferenceEquals(values, computedFor))
        {
            statistics = new (double, double)?[setup.Batch * setup.Groups];
            computedFor = values;
        }

        return statistics[index] ??= ComputeStatistics(values["input"], index);
    }

    private (double Mean, double ReciprocalDeviation) ComputeStatistics(double[] input, int index)
    {
        var elements = Elements(index);
        var mean = elements.Average(element => input[element]);
        var variance = elements.Average(element => (input[element] - mean) * (input[element] - mean));
        return (mean, 1 / Math.Sqrt(variance + GroupNormSetup.Epsilon));
    }

    private IEnumerable<int> Elements(int index)
    {
        var (image, group) = Math.DivRem(index, setup.Groups);
        for (var pixel = 0; pixel < setup.Pixels; pixel++)
        {
            for (var c = 0; c < setup.GroupWidth; c++)
            {
                yield return (((image * setup.Pixels) + pixel) * setup.Channels) + (group * setup.GroupWidth) + c;
            }
        }
    }
}
