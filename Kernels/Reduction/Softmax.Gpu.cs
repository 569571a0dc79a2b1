using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Reduction;

/// <summary>The threads of a row read it in turns and find its maximum and its sum by trees in shared memory.</summary>
internal static class SoftmaxKernels
{
    private static readonly GpuKernel<Parameters> ForwardKernel = new(Forward);
    private static readonly GpuKernel<BackwardParameters> BackwardKernel = new(Backward);

    public static GpuVariant<SoftmaxArguments> SoftmaxVariant { get; } = new("tree", LaunchSoftmax, [ForwardKernel]);

    public static GpuVariant<SoftmaxArguments> LogSoftmaxVariant { get; } = new("tree", LaunchLogSoftmax, [ForwardKernel]);

    public static GpuVariant<SoftmaxBackwardArguments> SoftmaxBackwardVariant { get; } =
        new("tree", LaunchSoftmaxBackward, [BackwardKernel]);

    public static GpuVariant<SoftmaxBackwardArguments> LogSoftmaxBackwardVariant { get; } =
        new("tree", LaunchLogSoftmaxBackward, [BackwardKernel]);

    private static void LaunchSoftmax(GpuDevice device, in SoftmaxArguments arguments) => Launch(device, arguments, 0);

    private static void LaunchLogSoftmax(GpuDevice device, in SoftmaxArguments arguments) => Launch(device, arguments, 1);

    private static void LaunchSoftmaxBackward(GpuDevice device, in SoftmaxBackwardArguments arguments) => Launch(device, arguments, 0);

    private static void LaunchLogSoftmaxBackward(GpuDevice device, in SoftmaxBackwardArguments arguments) => Launch(device, arguments, 1);

    private static void Launch(GpuDevice device, in SoftmaxArguments arguments, int isLogarithm)
    {
        var groups = RowGroups.Of(arguments.Rows, arguments.Columns);
        device.Launch(ForwardKernel, new Index3D(groups.Groups, 1, 1), new Index3D(groups.GroupSize, 1, 1), new Parameters
        {
            Input = device.View(arguments.Input),
            Output = device.View(arguments.Output),
            Groups = groups,
            IsLogarithm = isLogarithm,
        });
    }

    private static void Launch(GpuDevice device, in SoftmaxBackwardArguments arguments, int isLogarithm)
    {
        var groups = RowGroups.Of(arguments.Rows, arguments.Columns);
        device.Launch(BackwardKernel, new Index3D(groups.Groups, 1, 1), new Index3D(groups.GroupSize, 1, 1), new BackwardParameters
        {
            Output = device.View(arguments.Output),
            OutputGradient = device.View(arguments.OutputGradient),
            InputGradient = device.View(arguments.InputGradient),
            Groups = groups,
            IsLogarithm = isLogarithm,
        });
    }

    internal static void Forward(Parameters p)
    {
        var maxima = SharedMemory.Allocate<float>(RowGroups.MaximumGroup);
        var sums = SharedMemory.Allocate<float>(RowGroups.MaximumGroup);
        var thread = Group.IdxX;
        var rowInGroup = thread / p.Groups.Threads;
        var firstThread = rowInGroup * p.Groups.Threads;
        var lane = thread - firstThread;
        var row = (Grid.IdxX * p.Groups.RowsPerGroup) + rowInGroup;

        // Threads beyond the last row must reach the barriers, too.
        var columns = row < p.Groups.Rows ? p.Groups.Columns : 0;
        var start = row * p.Groups.Columns;

        // A maximum that misses not-a-number does no harm: the sum does not miss it.
        var maximum = float.NegativeInfinity;
        for (var c = lane; c < columns; c += p.Groups.Threads)
        {
            var x = p.Input[start + c];
            maximum = x > maximum ? x : maximum;
        }

        maxima[thread] = maximum;
        Group.Barrier();
        for (var half = p.Groups.Threads / 2; half > 0; half /= 2)
        {
            if (lane < half)
            {
                var other = maxima[thread + half];
                maxima[thread] = other > maxima[thread] ? other : maxima[thread];
            }

            Group.Barrier();
        }

        maximum = maxima[firstThread];
        var sum = 0f;
        for (var c = lane; c < columns; c += p.Groups.Threads)
        {
            var e = XMath.Exp(p.Input[start + c] - maximum);
            sum += e;
            if (p.IsLogarithm == 0)
            {
                p.Output[start + c] = e;
            }
        }

        sums[thread] = sum;
        Group.Barrier();
        for (var half = p.Groups.Threads / 2; half > 0; half /= 2)
        {
            if (lane < half)
            {
                sums[thread] += sums[thread + half];
            }

            Group.Barrier();
        }

        sum = sums[firstThread];
        var factor = 1f / sum;

        // The difference is zero, or not a number where the sum is none, which the logarithm need not notice.
        var logarithm = GpuMath.Log(sum) + (sum - sum);
        for (var c = lane; c < columns; c += p.Groups.Threads)
        {
            if (p.IsLogarithm != 0)
            {
                p.Output[start + c] = p.Input[start + c] - maximum - logarithm;
            }
            else
            {
                p.Output[start + c] *= factor;
            }
        }
    }

    internal static void Backward(BackwardParameters p)
    {
        var sums = SharedMemory.Allocate<float>(RowGroups.MaximumGroup);
        var thread = Group.IdxX;
        var rowInGroup = thread / p.Groups.Threads;
        var firstThread = rowInGroup * p.Groups.Threads;
        var lane = thread - firstThread;
        var row = (Grid.IdxX * p.Groups.RowsPerGroup) + rowInGroup;
        var columns = row < p.Groups.Rows ? p.Groups.Columns : 0;
        var start = row * p.Groups.Columns;
        var sum = 0f;
        for (var c = lane; c < columns; c += p.Groups.Threads)
        {
            var gradient = p.OutputGradient[start + c];
            if (p.IsLogarithm == 0)
            {
                gradient *= p.Output[start + c];
            }

            sum += gradient;
        }

        sums[thread] = sum;
        Group.Barrier();
        for (var half = p.Groups.Threads / 2; half > 0; half /= 2)
        {
            if (lane < half)
            {
                sums[thread] += sums[thread + half];
            }

            Group.Barrier();
        }

        sum = sums[firstThread];
        for (var c = lane; c < columns; c += p.Groups.Threads)
        {
            var y = p.Output[start + c];
            var gradient = p.OutputGradient[start + c];
            if (p.IsLogarithm != 0)
            {
                gradient -= XMath.Exp(y) * sum;
            }
            else
            {
                gradient = y * (gradient - sum);
            }

            p.InputGradient[start + c] = gradient;
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Output;
        public RowGroups Groups;
        public int IsLogarithm;
    }

    internal struct BackwardParameters
    {
        public ArrayView<float> Output;
        public ArrayView<float> OutputGradient;
        public ArrayView<float> InputGradient;
        public RowGroups Groups;
        public int IsLogarithm;
    }
}
