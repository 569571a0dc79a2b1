using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Shape;

/// <summary>
/// Forward: one thread per output element. Backward: one thread per column (outer, inner) adds its rows in order, so that no two
/// threads write the same element and neighbouring threads read neighbouring addresses.
/// </summary>
internal static class GatherKernels
{
    private static readonly GpuKernel<Parameters> ForwardKernel = new(Forward);
    private static readonly GpuKernel<Parameters> BackwardKernel = new(Backward);

    public static GpuVariant<GatherArguments> ForwardVariant { get; } = new("elementwise", LaunchForward, [ForwardKernel]);

    public static GpuVariant<GatherBackwardArguments> BackwardVariant { get; } = new("columns", LaunchBackward, [BackwardKernel]);

    private static void LaunchForward(GpuDevice device, in GatherArguments arguments) =>
        device.LaunchElementwise(ForwardKernel, arguments.Output.Length, new Parameters
        {
            Source = device.View(arguments.Input),
            Indices = device.View(arguments.Indices),
            Destination = device.View(arguments.Output),
            Length = arguments.Output.Length,
            Count = arguments.Count,
            Size = arguments.Size,
            Inner = arguments.Inner,
        });

    private static void LaunchBackward(GpuDevice device, in GatherBackwardArguments arguments)
    {
        arguments.InputGradient.Clear();
        var columns = arguments.Outer * arguments.Inner;
        device.LaunchElementwise(BackwardKernel, columns, new Parameters
        {
            Source = device.View(arguments.OutputGradient),
            Indices = device.View(arguments.Indices),
            Destination = device.View(arguments.InputGradient),
            Length = columns,
            Count = arguments.Count,
            Size = arguments.Size,
            Inner = arguments.Inner,
        });
    }

    internal static void Forward(Parameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var row = i / p.Inner;
            var column = i - (row * p.Inner);
            var outer = row / p.Count;
            var index = p.Indices[row - (outer * p.Count)];
            var value = 0f;
            if (index >= 0 && index < p.Size)
            {
                value = p.Source[(((outer * p.Size) + index) * p.Inner) + column];
            }

            p.Destination[i] = value;
        }
    }

    internal static void Backward(Parameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var outer = i / p.Inner;
            var column = i - (outer * p.Inner);
            for (var row = 0; row < p.Count; row++)
            {
                var index = p.Indices[row];
                if (index >= 0 && index < p.Size)
                {
                    p.Destination[(((outer * p.Size) + index) * p.Inner) + column] +=
                        p.Source[(((outer * p.Count) + row) * p.Inner) + column];
                }
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Source;
        public ArrayView<int> Indices;
        public ArrayView<float> Destination;
        public int Length;
        public int Count;
        public int Size;
        public int Inner;
    }
}
