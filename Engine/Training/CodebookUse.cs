namespace KernelDiff.Engine.Training;

/// <summary>Which codewords were used lately: a codebook that collapses shows here first.</summary>
internal sealed class CodebookUse(int codewords)
{
    /// <summary>Index counts of earlier batches fade with this factor a batch.</summary>
    private const float Memory = 0.98f;

    /// <summary>What remains of a single use after about two hundred batches.</summary>
    private const float Forgotten = 0.02f;

    private readonly float[] recent = new float[codewords];

    /// <summary>Part of the codewords that were used lately, 0 to 1.</summary>
    public float Share => recent.Count(value => value > Forgotten) / (float)codewords;

    /// <summary>Takes in the indices of a batch.</summary>
    public void Count(ReadOnlySpan<int> indices)
    {
        for (var i = 0; i < recent.Length; i++)
        {
            recent[i] *= Memory;
        }

        foreach (var index in indices)
        {
            recent[index] = 1;
        }
    }
}
