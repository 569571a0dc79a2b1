using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Normalization;

/// <summary>Layer normalisation and its gradients in double precision; what belongs to a row is computed once.</summary>
internal sealed class LayerNormReference(LayerNormSetup setup)
{
    private CaseValues? computedFor;
    private (double Mean, double ReciprocalDeviation)?[] statistics = [];
    private (double Average, double Product)?[] averages = [];

    public double Forward(CaseValues values, string output, int index) => output switch
    {
        "mean" => Statistics(values, index).Mean,
        "reciprocalDeviation" => Statistics(values, index).ReciprocalDeviation,
        _ => (Normalised(values, index) * (values.Optional("weight")?[index % setup.Columns] ?? 1))
            + (values.Optional("bias")?[index % setup.Columns] ?? 0),
    };

    public double Backward(CaseValues values, string output, int index)
    {
        var dy = values["outputGradient"];
        var added = setup.Wanted == WantedGradients.AllAccumulated ? values[output][index] : 0;
        if (output == "weightGradient")
        {
            return added + Column(index).Sum(i => dy[i] * Normalised(values, i));
        }

        if (output == "biasGradient")
        {
            return added + Column(index).Sum(i => dy[i]);
        }

        var row = index / setup.Columns;
        var (_, reciprocalDeviation) = Statistics(values, row);
        var (average, product) = averages[row] ??= (
            Row(row).Average(i => Weighted(values, i)),
            Row(row).Average(i => Weighted(values, i) * Normalised(values, i)));
        return reciprocalDeviation * (Weighted(values, index) - average - (Normalised(values, index) * product));
    }

    public (double Mean, double ReciprocalDeviation) Statistics(CaseValues values, int row)
    {
        if (!ReferenceEquals(values, computedFor))
        {
            statistics = new (double, double)?[setup.Rows];
            averages = new (double, double)?[setup.Rows];
            computedFor = values;
        }

        return statistics[row] ??= ComputeStatistics(values["input"], row);
    }

    private (double Mean, double ReciprocalDeviation) ComputeStatistics(double[] input, int row)
    {
        var mean = Row(row).Average(i => input[i]);
        return (mean, 1 / Math.Sqrt(Row(row).Average(i => (input[i] - mean) * (input[i] - mean)) + LayerNormSetup.Epsilon));
    }

    private double Normalised(CaseValues values, int index)
    {
        var (mean, reciprocalDeviation) = Statistics(values, index / setup.Columns);
        return (values["input"][index] - mean) * reciprocalDeviation;
    }

    private double Weighted(CaseValues values, int index) =>
        values["outputGradient"][index] * (values.Optional("weight")?[index % setup.Columns] ?? 1);

    private IEnumerable<int> Row(int row) => Enumerable.Range(row * setup.Columns, setup.Columns);

    private IEnumerable<int> Column(int column) => Enumerable.Range(0, setup.Rows).Select(row => (row * setup.Columns) + column);
}
