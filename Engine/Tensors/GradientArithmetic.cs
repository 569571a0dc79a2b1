using KernelDiff.Kernels;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Engine.Tensors;

/// <summary>Sums of gradients that reach a tensor by several ways.</summary>
internal static class GradientArithmetic
{
    /// <summary>sum += contribution, in place.</summary>
    public static void AddTo(DeviceSpan<float> sum, DeviceSpan<float> contribution) => Launch(sum, contribution, sum);

    /// <summary>A new tensor with the sum of two.</summary>
    public static Tensor Add(Tensor left, Tensor right)
    {
        var sum = left.Session.Empty(left.Shape);
        Launch(left.Single, right.Single, sum.Single);
        return sum;
    }

    private static void Launch(DeviceSpan<float> left, DeviceSpan<float> right, DeviceSpan<float> output) =>
        PointwiseOperations.ScaledAdd.Launch(left.Buffer!.Device, new ScaledAddArguments
        {
            Left = left,
            Right = right,
            Output = output,
            LeftShape = Shape4.Of(left.Length),
            RightShape = Shape4.Of(right.Length),
            LeftScale = 1,
            RightScale = 1,
        });
}
