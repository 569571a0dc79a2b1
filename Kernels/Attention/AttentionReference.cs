using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Attention;

/// <summary>Attention in double precision, one element at a time.</summary>
internal sealed class AttentionReference(AttentionProblem problem)
{
    private readonly AttentionScores scores = new(problem);

    // Neighbouring elements share their row of probabilities.
    private CaseValues? cachedValues;
    private int cachedRow;
    private double[] cachedProbabilities = [];
    private double cachedLogSumExp;

    /// <summary>An element of <c>output</c> or <c>logSumExp</c>.</summary>
    public double Forward(CaseValues values, string output, int index)
    {
        if (output == "logSumExp")
        {
            Prepare(values, index);
            return cachedLogSumExp;
        }

        var (image, head, token, channel) = Locate(problem.Output, problem.Queries, index);
        Prepare(values, (((image * problem.Heads) + head) * problem.Queries) + token);
        var sum = 0.0;
        var value = values[problem.Value.Operand];
        for (var key = 0; key < problem.Keys; key++)
        {
            sum += cachedProbabilities[key] * value[problem.Value.Index(image, head, key, channel)];
        }

        return sum;
    }

    /// <summary>All elements of an output of the forward pass.</summary>
    public double[] All(CaseValues values, string output, int length) =>
        [.. Enumerable.Range(0, length).Select(index => Forward(values, output, index))];

    /// <summary>An element of the gradient that is named after its operand.</summary>
    public double Backward(CaseValues values, string gradient, int index)
    {
        var operand = gradient[..^"Gradient".Length];
        if (problem.Query.Operand == operand && Holds(problem.Query, problem.Queries, index))
        {
            return QueryGradient(values, Locate(problem.Query, problem.Queries, index));
        }

        return problem.Key.Operand == operand && Holds(problem.Key, problem.Keys, index)
            ? KeyGradient(values, Locate(problem.Key, problem.Keys, index))
            : ValueGradient(values, Locate(problem.Value, problem.Keys, index));
    }

    private double QueryGradient(CaseValues values, (int Image, int Head, int Token, int Channel) at)
    {
        var key = values[problem.Key.Operand];
        var sum = 0.0;
        for (var s = 0; s < problem.Keys; s++)
        {
            sum += scores.Gradient(values, at.Image, at.Head, at.Token, s) * key[problem.Key.Index(at.Image, at.Head, s, at.Channel)];
        }

        return sum * problem.Scale;
    }

    private double KeyGradient(CaseValues values, (int Image, int Head, int Token, int Channel) at)
    {
        var query = values[problem.Query.Operand];
        var sum = 0.0;
        for (var t = 0; t < problem.Queries; t++)
        {
            sum += scores.Gradient(values, at.Image, at.Head, t, at.Token) * query[problem.Query.Index(at.Image, at.Head, t, at.Channel)];
        }

        return sum * problem.Scale;
    }

    private double ValueGradient(CaseValues values, (int Image, int Head, int Token, int Channel) at)
    {
        var outputGradient = values["outputGradient"];
        var sum = 0.0;
        for (var t = 0; t < problem.Queries; t++)
        {
            sum += scores.Probability(values, at.Image, at.Head, t, at.Token)
                * outputGradient[problem.Output.Index(at.Image, at.Head, t, at.Channel)];
        }

        return sum;
    }

    private void Prepare(CaseValues values, int row)
    {
        if (ReferenceEquals(values, cachedValues) && row == cachedRow)
        {
            return;
        }

        var (image, head, token) = (row / problem.Queries / problem.Heads, row / problem.Queries % problem.Heads, row % problem.Queries);
        var logits = new double[problem.Keys];
        for (var key = 0; key < logits.Length; key++)
        {
            logits[key] = scores.Score(values, image, head, token, key);
        }

        var maximum = logits.Max();
        cachedLogSumExp = maximum + Math.Log(logits.Sum(score => Math.Exp(score - maximum)));
        cachedProbabilities = Array.ConvertAll(logits, score => Math.Exp(score - cachedLogSumExp));
        (cachedValues, cachedRow) = (values, row);
    }

    private bool Holds(AttentionPlace place, int tokens, int index)
    {
        var (image, head, token, channel) = Locate(place, tokens, index);
        return image < problem.Batch && place.Index(image, head, token, channel) == index;
    }

    /// <summary>Which element lies at an index of an operand, if the operand holds it at this place.</summary>
    private (int Image, int Head, int Token, int Channel) Locate(AttentionPlace place, int tokens, int index)
    {
        index = Math.Max(0, index - place.Offset);
        var (image, rest) = Math.DivRem(index, place.Layout.BatchStride);
        var tokenOutermost = place.Layout.TokenStride >= place.Layout.HeadStride;
        var (outer, inner) = tokenOutermost
            ? (place.Layout.TokenStride, place.Layout.HeadStride)
            : (place.Layout.HeadStride, place.Layout.TokenStride);
        var (first, second) = (rest / outer, Math.Min(rest % outer / inner, (tokenOutermost ? problem.Heads : tokens) - 1));
        var channel = Math.Min(rest % outer - (second * inner), problem.Width - 1);
        return tokenOutermost ? (image, second, first, channel) : (image, first, second, channel);
    }
}
