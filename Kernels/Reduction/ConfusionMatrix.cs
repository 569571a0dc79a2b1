using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Reduction;

/// <summary>SIMD twin: every part of the labels is counted into a matrix of its own; counting has no vector form, so it is scalar.</summary>
internal readonly unsafe struct ConfusionMatrix : ISimdKernel<ConfusionMatrixArguments>
{
    /// <summary>Pairs of labels of a part at least.</summary>
    private const int LeastPart = 65536;

    private const int MaximumParts = 64;

    public static void Run<T>(CpuDevice device, in ConfusionMatrixArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var size = arguments.Counts.Length;
        var grain = Math.Max(LeastPart, ((arguments.Length - 1) / MaximumParts) + 1);
        var parts = Math.Max(1, ((arguments.Length - 1) / grain) + 1);
        using var partial = device.Rent<int>(parts * size);
        partial.Span.Clear();
        device.Workers.ForRanges(arguments.Length, grain, new Body(arguments, partial.Span.Pointer(), grain));
        if (!arguments.Accumulate)
        {
            arguments.Counts.Clear();
        }

        var from = partial.Span.Pointer();
        var counts = arguments.Counts.Pointer();
        for (var i = 0; i < parts * size; i++)
        {
            counts[i % size] += from[i];
        }
    }

    private readonly struct Body(ConfusionMatrixArguments arguments, int* partial, int grain) : IRangeWorkItem
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var classes = arguments.Classes;
            var counts = partial + (start / grain * arguments.Counts.Length);
            var expected = arguments.Expected.Pointer();
            var expectedBytes = arguments.ExpectedBytes.Pointer();
            var predicted = arguments.Predicted.Pointer();
            var predictedBytes = arguments.PredictedBytes.Pointer();
            for (var i = start; i < end; i++)
            {
                var row = expectedBytes is null ? expected[i] : expectedBytes[i];
                var column = predictedBytes is null ? predicted[i] : predictedBytes[i];
                if ((uint)row < (uint)classes && (uint)column < (uint)classes)
                {
                    counts[(row * classes) + column]++;
                }
            }
        }
    }
}
