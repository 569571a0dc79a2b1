using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>Working memory of the backward twin for one block of queries against one block of keys.</summary>
internal readonly unsafe ref struct BackwardQueries
{
    /// <param name="scratch">Provides the memory.</param>
    /// <param name="width">Channels of a head.</param>
    /// <param name="paddedWidth">Channels of a head, filled up to whole vectors.</param>
    /// <param name="stride">Floats from one row of scores to the next.</param>
    public BackwardQueries(WorkerScratch scratch, int width, int paddedWidth, int stride)
    {
        const long Rows = AttentionBlocking.Queries;
        Stride = stride;
        Query = scratch.Take<float>(Rows * width);
        OutputGradient = scratch.Take<float>(Rows * width);
        QueryPanels = scratch.Take<float>(Rows * paddedWidth);
        OutputGradientPanels = scratch.Take<float>(Rows * paddedWidth);
        QueryGradient = scratch.Take<float>(Rows * paddedWidth);
        LogSumExp = scratch.Take<float>(Rows);
        Mean = scratch.Take<float>(Rows);
        Probabilities = scratch.Take<float>(Rows * stride);
        ScoreGradients = scratch.Take<float>(Rows * stride);
    }

    /// <summary>Floats from one row of scores to the next.</summary>
    public long Stride { get; }

    /// <summary>Queries times scale · log2(e), row by row.</summary>
    public float* Query { get; }

    public float* OutputGradient { get; }

    /// <summary>The rows of <see cref="Query"/> as panels.</summary>
    public float* QueryPanels { get; }

    public float* OutputGradientPanels { get; }

    /// <summary>Sums over keys, not yet scaled.</summary>
    public float* QueryGradient { get; }

    /// <summary>To base two.</summary>
    public float* LogSumExp { get; }

    /// <summary>The sum of output · output gradient, which is the mean of the probabilities' gradients.</summary>
    public float* Mean { get; }

    public float* Probabilities { get; }

    public float* ScoreGradients { get; }
}
