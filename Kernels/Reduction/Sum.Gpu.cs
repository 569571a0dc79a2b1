using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Reduction;

/// <summary>
/// Sums, means, dot products and norms: threads add short chains, a tree in shared memory adds the threads, and a second launch adds the
/// parts of a long axis. The gradient is one thread per element.
/// </summary>
internal static class SumKernels
{
    private static readonly GpuKernel<Parameters> Kernel = new(Sum);
    private static readonly GpuKernel<BackwardParameters> BackwardKernel = new(Backward);

    public static GpuVariant<NormArguments> NormVariant { get; } = new("tree", LaunchNorm, [Kernel]);

    public static GpuVariant<DotArguments> DotVariant { get; } = new("tree", LaunchDot, [Kernel]);

    public static GpuVariant<ReductionArguments> SumVariant { get; } = new("tree", LaunchSum, [Kernel]);

    public static GpuVariant<ReductionArguments> MeanVariant { get; } = new("tree", LaunchMean, [Kernel]);

    public static GpuVariant<ReductionBackwardArguments> SumBackwardVariant { get; } =
        new("elementwise", LaunchSumBackward, [BackwardKernel]);

    public static GpuVariant<ReductionBackwardArguments> MeanBackwardVariant { get; } =
        new("elementwise", LaunchMeanBackward, [BackwardKernel]);

    private static void LaunchNorm(GpuDevice device, in NormArguments arguments) =>
        Launch(
            device,
            arguments.Input,
            arguments.Input,
            arguments.Output,
            ReductionLayout.Of(1, arguments.Input.Length, 1),
            new SumFinish { Scale = 1, Root = 1 });

    private static void LaunchDot(GpuDevice device, in DotArguments arguments) =>
        Launch(
            device,
            arguments.Left,
            arguments.Right,
            arguments.Output,
            ReductionLayout.Of(1, arguments.Left.Length, 1),
            SumFinish.None);

    private static void LaunchSum(GpuDevice device, in ReductionArguments arguments) => LaunchScaled(device, arguments, 1);

    private static void LaunchMean(GpuDevice device, in ReductionArguments arguments) =>
        LaunchScaled(device, arguments, 1f / arguments.Reduced);

    private static void LaunchScaled(GpuDevice device, in ReductionArguments arguments, float scale) =>
        Launch(
            device,
            arguments.Input,
            default,
            arguments.Output,
            ReductionLayout.Of(arguments.Outer, arguments.Reduced, arguments.Inner),
            new SumFinish { Scale = scale, Accumulate = arguments.Accumulate ? 1 : 0 });

    private static void Launch(
        GpuDevice device,
        DeviceSpan<float> left,
        DeviceSpan<float> right,
        DeviceSpan<float> output,
        ReductionLayout layout,
        SumFinish finish)
    {
        if (layout.Parts == 1)
        {
            LaunchOnce(device, left, right, output, layout, finish);
            return;
        }

        using var sums = device.Rent<float>(layout.PartialResults);
        LaunchOnce(device, left, right, sums.Span, layout, SumFinish.None);
        Launch(device, sums.Span, default, output, layout.OfParts(), finish);
    }

    private static void LaunchOnce(
        GpuDevice device,
        DeviceSpan<float> left,
        DeviceSpan<float> right,
        DeviceSpan<float> output,
        ReductionLayout layout,
        SumFinish finish) =>
        device.Launch(Kernel, new Index3D(layout.Groups, 1, 1), new Index3D(layout.GroupSize, 1, 1), new Parameters
        {
            Left = device.View(left),
            Right = device.View(right),
            Output = device.View(output),
            HasRight = right.IsAbsent ? 0 : 1,
            Layout = layout,
            Finish = finish,
        });

    private static void LaunchSumBackward(GpuDevice device, in ReductionBackwardArguments arguments) =>
        LaunchBackward(device, arguments, 1);

    private static void LaunchMeanBackward(GpuDevice device, in ReductionBackwardArguments arguments) =>
        LaunchBackward(device, arguments, 1f / arguments.Reduced);

    private static void LaunchBackward(GpuDevice device, in ReductionBackwardArguments arguments, float scale) =>
        device.LaunchElementwise(BackwardKernel, arguments.InputGradient.Length, new BackwardParameters
        {
            OutputGradient = device.View(arguments.OutputGradient),
            InputGradient = device.View(arguments.InputGradient),
            Plane = arguments.Reduced * arguments.Inner,
            Inner = arguments.Inner,
            Scale = scale,
            Length = arguments.InputGradient.Length,
        });

    internal static void Sum(Parameters p)
    {
        var partial = SharedMemory.Allocate<float>(ReductionLayout.MaximumGroup);
        var thread = Group.IdxX;
        var place = ReductionPlace.Of(p.Layout, Grid.IdxX, thread);
        var sum = 0f;
        for (var row = place.Slice; row < place.Rows; row += p.Layout.Slices)
        {
            var at = place.Input + (row * p.Layout.Inner);
            var value = p.Left[at];
            if (p.HasRight != 0)
            {
                value *= p.Right[at];
            }

            sum += value;
        }

        partial[thread] = sum;
        Group.Barrier();
        for (var half = p.Layout.Slices / 2; half > 0; half /= 2)
        {
            if (place.Slice < half)
            {
                partial[thread] += partial[thread + (half * p.Layout.Columns)];
            }

            Group.Barrier();
        }

        if (place.Slice == 0 && place.Rows >= 0)
        {
            var total = partial[thread] * p.Finish.Scale;
            if (p.Finish.Root != 0)
            {
                total = XMath.Sqrt(total);
            }

            if (p.Finish.Accumulate != 0)
            {
                total += p.Output[place.Output];
            }

            p.Output[place.Output] = total;
        }
    }

    internal static void Backward(BackwardParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var outer = i / p.Plane;
            p.InputGradient[i] = p.OutputGradient[(outer * p.Inner) + (i % p.Inner)] * p.Scale;
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Left;
        public ArrayView<float> Right;
        public ArrayView<float> Output;
        public int HasRight;
        public ReductionLayout Layout;
        public SumFinish Finish;
    }

    internal struct BackwardParameters
    {
        public ArrayView<float> OutputGradient;
        public ArrayView<float> InputGradient;
        public int Plane;
        public int Inner;
        public float Scale;
        public int Length;
    }
}
