using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Attention;

/// <summary>Scores, probabilities and their gradients in double precision, from the saved output and log-sum-exp.</summary>
internal sealed class AttentionScores(AttentionProblem problem)
{
    private const int MostKept = 1 << 18;

    // Probabilities and score gradients by head, where there are few: every element of a gradient sums over a row or a column.
    private readonly Dictionary<int, (double[] Probabilities, double[] Gradients)> kept = [];
    private CaseValues? keptValues;

    /// <summary>scale · query · key.</summary>
    public double Score(CaseValues values, int image, int head, int query, int key)
    {
        var (q, k) = (values[problem.Query.Operand], values[problem.Key.Operand]);
        var (qAt, kAt) = (problem.Query.Index(image, head, query, 0), problem.Key.Index(image, head, key, 0));
        var sum = 0.0;
        for (var c = 0; c < problem.Width; c++)
        {
            sum += q[qAt + c] * k[kAt + c];
        }

        return sum * problem.Scale;
    }

    /// <summary>exp(score - log-sum-exp).</summary>
    public double Probability(CaseValues values, int image, int head, int query, int key) =>
        IsKept
            ? Head(values, image, head).Probabilities[(query * problem.Keys) + key]
            : ComputeProbability(values, image, head, query, key);

    /// <summary>Probability · (gradient of the probability - output · output gradient).</summary>
    public double Gradient(CaseValues values, int image, int head, int query, int key) =>
        IsKept
            ? Head(values, image, head).Gradients[(query * problem.Keys) + key]
            : ComputeProbability(values, image, head, query, key) * CenteredGradient(values, image, head, query, key);

    private bool IsKept => (long)problem.Queries * problem.Keys <= MostKept;

    private (double[] Probabilities, double[] Gradients) Head(CaseValues values, int image, int head)
    {
        if (!ReferenceEquals(values, keptValues))
        {
            keptValues = values;
            kept.Clear();
        }

        var number = (image * problem.Heads) + head;
        if (!kept.TryGetValue(number, out var found))
        {
            var probabilities = new double[problem.Queries * problem.Keys];
            var gradients = new double[probabilities.Length];
            for (var i = 0; i < probabilities.Length; i++)
            {
                var (query, key) = (i / problem.Keys, i % problem.Keys);
                probabilities[i] = ComputeProbability(values, image, head, query, key);
                gradients[i] = probabilities[i] * CenteredGradient(values, image, head, query, key);
            }

            kept[number] = found = (probabilities, gradients);
        }

        return found;
    }

    private double ComputeProbability(CaseValues values, int image, int head, int query, int key) =>
        Math.Exp(Score(values, image, head, query, key)
            - values["logSumExp"][(((image * problem.Heads) + head) * problem.Queries) + query]);

    private double CenteredGradient(CaseValues values, int image, int head, int query, int key)
    {
        var (output, outputGradient, value) = (values["output"], values["outputGradient"], values[problem.Value.Operand]);
        var sum = 0.0;
        for (var c = 0; c < problem.Width; c++)
        {
            var index = problem.Output.Index(image, head, query, c);
            sum += outputGradient[index] * (value[problem.Value.Index(image, head, key, c)] - output[index]);
        }

        return sum;
    }
}
