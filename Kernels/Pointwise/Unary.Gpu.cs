using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>One thread per element.</summary>
internal static class UnaryKernels<TFunction>
    where TFunction : unmanaged, IUnaryFunction, IGpuUnaryFunction
{
    private static readonly GpuKernel<ForwardParameters> ForwardKernel = new(Forward);
    private static readonly GpuKernel<BackwardParameters> BackwardKernel = new(Backward);

    public static GpuVariant<UnaryArguments> ForwardVariant { get; } = new("elementwise", LaunchForward, [ForwardKernel]);

    public static GpuVariant<UnaryBackwardArguments> BackwardVariant { get; } = new("elementwise", LaunchBackward, [BackwardKernel]);

    private static void LaunchForward(GpuDevice device, in UnaryArguments arguments) =>
        device.LaunchElementwise(ForwardKernel, arguments.Input.Length, new ForwardParameters
        {
            Input = device.View(arguments.Input),
            Output = device.View(arguments.Output),
            Length = arguments.Input.Length,
        });

    private static void LaunchBackward(GpuDevice device, in UnaryBackwardArguments arguments) =>
        device.LaunchElementwise(BackwardKernel, arguments.Input.Length, new BackwardParameters
        {
            Input = device.View(arguments.Input),
            OutputGradient = device.View(arguments.OutputGradient),
            InputGradient = device.View(arguments.InputGradient),
            Length = arguments.Input.Length,
        });

    internal static void Forward(ForwardParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            p.Output[i] = default(TFunction).Forward(p.Input[i]);
        }
    }

    internal static void Backward(BackwardParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            p.InputGradient[i] = default(TFunction).Derivative(p.Input[i]) * p.OutputGradient[i];
        }
    }

    internal struct ForwardParameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Output;
        public int Length;
    }

    internal struct BackwardParameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> OutputGradient;
        public ArrayView<float> InputGradient;
        public int Length;
    }
}
