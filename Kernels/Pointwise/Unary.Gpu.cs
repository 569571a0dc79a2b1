using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>One thread per element.</summary>
internal static class UnaryKernels<TFunction>
    where TFunction : unmanaged, IGpuUnaryFunction
{
    private static readonly GpuKernel<ForwardParameters> ForwardKernel = new(Forward);
    private static readonly GpuKernel<BackwardParameters> BackwardKernel = new(Backward);

    public static GpuVariant<TArguments> ForwardVariant<TArguments>()
        where TArguments : struct, IOperationArguments, IUnaryArguments =>
        new("elementwise", LaunchForward, [ForwardKernel]);

    public static GpuVariant<TArguments> BackwardVariant<TArguments>()
        where TArguments : struct, IOperationArguments, IUnaryBackwardArguments =>
        new("elementwise", LaunchBackward, [BackwardKernel]);

    internal static void Forward(ForwardParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            p.Output[i] = default(TFunction).Forward(p.Input[i], p.First, p.Second);
        }
    }

    internal static void Backward(BackwardParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            p.InputGradient[i] = default(TFunction).Derivative(p.Saved[i], p.First, p.Second) * p.OutputGradient[i];
        }
    }

    private static void LaunchForward<TArguments>(GpuDevice device, in TArguments arguments)
        where TArguments : struct, IOperationArguments, IUnaryArguments
    {
        var (first, second) = arguments.Constants;
        device.LaunchElementwise(ForwardKernel, arguments.Input.Length, new ForwardParameters
        {
            Input = device.View(arguments.Input),
            Output = device.View(arguments.Output),
            Length = arguments.Input.Length,
            First = first,
            Second = second,
        });
    }

    private static void LaunchBackward<TArguments>(GpuDevice device, in TArguments arguments)
        where TArguments : struct, IOperationArguments, IUnaryBackwardArguments
    {
        var (first, second) = arguments.Constants;
        device.LaunchElementwise(BackwardKernel, arguments.Saved.Length, new BackwardParameters
        {
            Saved = device.View(arguments.Saved),
            OutputGradient = device.View(arguments.OutputGradient),
            InputGradient = device.View(arguments.InputGradient),
            Length = arguments.Saved.Length,
            First = first,
            Second = second,
        });
    }

    internal struct ForwardParameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Output;
        public int Length;
        public float First;
        public float Second;
    }

    internal struct BackwardParameters
    {
        public ArrayView<float> Saved;
        public ArrayView<float> OutputGradient;
        public ArrayView<float> InputGradient;
        public int Length;
        public float First;
        public float Second;
    }
}
