using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tensors;

/// <summary>
/// Destinations for an operation that writes several gradients in one launch. Fresh ones are added to the tensors' gradients when the
/// launch is done (at the end of the <c>using</c> scope).
/// </summary>
internal sealed class GradientTargets(BackwardContext context) : IDisposable
{
    private readonly List<(Tensor Tensor, Tensor Contribution)> fresh = [];

    /// <summary>Memory that the operation overwrites; absent if the tensor requires no gradient.</summary>
    public DeviceSpan<float> Overwrite(Tensor? tensor) => Take(tensor, clear: false);

    /// <summary>Memory that the operation adds to: a parameter's own gradient, or zeros.</summary>
    public DeviceSpan<float> Accumulate(Tensor? tensor) =>
        tensor is Parameter { RequiresGradient: true } parameter ? parameter.Gradient : Take(tensor, clear: true);

    public void Dispose()
    {
        foreach (var (tensor, contribution) in fresh)
        {
            context.Accumulate(tensor, contribution);
        }
    }

    private DeviceSpan<float> Take(Tensor? tensor, bool clear)
    {
        if (tensor is null || !tensor.RequiresGradient)
        {
            return default;
        }

        var contribution = context.Session.Empty(tensor.Shape);
        if (clear)
        {
            contribution.Single.Clear();
        }

        fresh.Add((tensor, contribution));
        return contribution.Single;
    }
}
