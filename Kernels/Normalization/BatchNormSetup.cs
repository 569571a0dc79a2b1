using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Normalization;

/// <summary>Sizes and options of a case of batch normalisation, and its double-precision truth.</summary>
internal sealed record BatchNormSetup(int Rows, int Channels)
{
    public const float Epsilon = 1e-3f;

    private CaseValues? computedFor;
    private (double Mean, double Variance)?[] statistics = [];

    /// <summary>Whether the statistics are those of the batch, not running ones.</summary>
    public bool Training { get; init; }

    public bool Affine { get; init; } = true;

    /// <summary>Whether the gradients of weight and bias are added to what is there.</summary>
    public bool Accumulate { get; init; }

    /// <summary>Forward only: the output takes the input's place.</summary>
    public bool InPlace { get; init; }

    public double Mean { get; init; } = 0.5;

    public CaseScale Scale { get; init; }

    public string Name => $"{Rows}x{Channels}{(Affine ? "" : " plain")}{(Mean == 1000 ? " mean 1000" : "")}{(Accumulate ? " accumulate" : "")}"
        + (InPlace ? " in place" : "");

    /// <summary>Input, weight and bias.</summary>
    public IEnumerable<Operand> Inputs()
    {
        yield return InPlace
            ? Operand.InputOutput("input", Rows * Channels, Fills.Normal(Mean))
            : Operand.Input("input", Rows * Channels, Fills.Normal(Mean));
        if (Affine)
        {
            yield return Operand.Input("weight", Channels, Fills.Normal(1, 0.3));
            yield return Operand.Input("bias", Channels, Fills.Normal(0, 0.3));
        }
    }

    /// <summary>The output, unless it takes the input's place.</summary>
    public IEnumerable<Operand> Outputs()
    {
        if (!InPlace)
        {
            yield return Operand.Output("output", Rows * Channels);
        }
    }

    public double Output(CaseValues values, int index)
    {
        var y = Normalised(values, index);
        return Affine ? (y * values["weight"][index % Channels]) + values["bias"][index % Channels] : y;
    }

    public double Normalised(CaseValues values, int index) =>
        (values["input"][index] - Statistics(values, index % Channels).Mean) * ReciprocalDeviation(values, index % Channels);

    public double ReciprocalDeviation(CaseValues values, int channel) =>
        1 / Math.Sqrt(Statistics(values, channel).Variance + Epsilon);

    /// <summary>Mean and biased variance.</summary>
    public (double Mean, double Variance) Statistics(CaseValues values, int channel)
    {
        if (!Training)
        {
            return (values["runningMean"][channel], values["runningVariance"][channel]);
        }

        if (!ReferenceEquals(values, computedFor))
        {
            statistics = new (double, double)?[Channels];
            computedFor = values;
        }

        return statistics[channel] ??= ComputeStatistics(values["input"], channel);
    }

    public double Sum(int channel, Func<int, double> term)
    {
        var sum = 0.0;
        for (var row = 0; row < Rows; row++)
        {
            sum += term((row * Channels) + channel);
        }

        return sum;
    }

    /// <summary>One of the gradients.</summary>
    public double Gradient(CaseValues values, string output, int index)
    {
        var dy = values["outputGradient"];
        if (output == "weightGradient")
        {
            return Added(values, output, index) + Sum(index, i => dy[i] * Normalised(values, i));
        }

        if (output == "biasGradient")
        {
            return Added(values, output, index) + Sum(index, i => dy[i]);
        }

        var channel = index % Channels;
        var gradient = dy[index];
        if (Training)
        {
            gradient -= (Sum(channel, i => dy[i]) + (Normalised(values, index) * Sum(channel, i => dy[i] * Normalised(values, i)))) / Rows;
        }

        return gradient * (Affine ? values["weight"][channel] : 1) * ReciprocalDeviation(values, channel);
    }

    private double Added(CaseValues values, string gradient, int index) => Accumulate ? values[gradient][index] : 0;

    private (double Mean, double Variance) ComputeStatistics(double[] input, int channel)
    {
        var mean = Sum(channel, i => input[i]) / Rows;
        return (mean, Sum(channel, i => (input[i] - mean) * (input[i] - mean)) / Rows);
    }
}
