using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Shape;

/// <summary>SIMD twin: whole rows are copied.</summary>
internal readonly unsafe struct GatherForward : ISimdKernel<GatherArguments>
{
    private const int Grain = 16384;

    public static void Run<T>(CpuDevice device, in GatherArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var body = new Body(
            arguments.Input.Pointer(), arguments.Indices.Pointer(), arguments.Output.Pointer(), arguments.Count, arguments.Size, arguments.Inner);
        device.Workers.ForRanges((long)arguments.Outer * arguments.Count, Math.Max(1, Grain / Math.Max(1, arguments.Inner)), body);
    }

    private readonly struct Body(float* input, int* indices, float* output, int count, int size, int inner) : IRangeWorkItem
    {
        public void Run(long start, long end)
        {
            for (var row = start; row < end; row++)
            {
                var outer = row / count;
                var index = indices[row - (outer * count)];
                var destination = new Span<float>(output + (row * inner), inner);
                if ((uint)index < (uint)size)
                {
                    new ReadOnlySpan<float>(input + (((outer * size) + index) * inner), inner).CopyTo(destination);
                }
                else
                {
                    destination.Clear();
                }
            }
        }
    }
}

/// <summary>SIMD twin: a work item owns a range of columns of one outer index and adds the rows to it in order.</summary>
internal readonly unsafe struct GatherBackward : ISimdKernel<GatherBackwardArguments>
{
    private const int Columns = 256;

    public static void Run<T>(CpuDevice device, in GatherBackwardArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        arguments.InputGradient.Clear();
        var blocks = (arguments.Inner + Columns - 1) / Columns;
        var body = new Body<T>(
            arguments.OutputGradient.Pointer(),
            arguments.Indices.Pointer(),
            arguments.InputGradient.Pointer(),
            arguments.Count,
            arguments.Size,
            arguments.Inner,
            blocks);
        device.Workers.For(arguments.Outer * blocks, body);
    }

    private readonly struct Body<T>(float* source, int* indices, float* destination, int count, int size, int inner, int blocks) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int item)
        {
            long outer = item / blocks;
            var first = item % blocks * Columns;
            var last = Math.Min(inner, first + Columns);
            for (var row = 0; row < count; row++)
            {
                var index = indices[row];
                if ((uint)index >= (uint)size)
                {
                    continue;
                }

                var from = source + (((outer * count) + row) * inner);
                var to = destination + (((outer * size) + index) * inner);
                var c = first;
                for (; c <= last - T.Width; c += T.Width)
                {
                    T.Store(T.Load(to + c) + T.Load(from + c), to + c);
                }

                for (; c < last; c++)
                {
                    to[c] += from[c];
                }
            }
        }
    }
}
