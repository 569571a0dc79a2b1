using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Diffusion;

/// <summary>The last predictions of a multi-step sampler, which outlive the scopes of its steps.</summary>
internal sealed class PredictionHistory(int capacity = 3) : IDisposable
{
    private readonly List<Tensor> newestFirst = [];

    public int Count => newestFirst.Count;

    public Tensor Newest => newestFirst[0];

    public void Add(Tensor prediction)
    {
        prediction.Storage.Retain();
        newestFirst.Insert(0, prediction);
        if (newestFirst.Count > capacity)
        {
            newestFirst[^1].Storage.Release();
            newestFirst.RemoveAt(newestFirst.Count - 1);
        }
    }

    /// <summary>A weighted sum of a prediction and those before it, newest first.</summary>
    public Tensor Combine(Tensor prediction, params ReadOnlySpan<float> weights)
    {
        var sum = Elementwise.Affine(prediction, weights[0]);
        for (var i = 1; i < weights.Length; i++)
        {
            sum = Arithmetic.ScaledAdd(sum, 1, newestFirst[i - 1], weights[i]);
        }

        return sum;
    }

    public void Dispose()
    {
        foreach (var prediction in newestFirst)
        {
            prediction.Storage.Release();
        }

        newestFirst.Clear();
    }
}
