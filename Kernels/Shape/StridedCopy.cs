using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Shape;

/// <summary>SIMD twin: walks rows of the innermost dimension; rows that are contiguous on both sides move in vectors.</summary>
internal readonly unsafe struct StridedCopy : ISimdKernel<StridedCopyArguments>
{
    /// <summary>Elements of one work item, in whole rows.</summary>
    private const int Grain = 16384;

    public static void Run<T>(CpuDevice device, in StridedCopyArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var index = arguments.Index;
        if (index.Elements == 0)
        {
            return;
        }

        var rowLength = index.Sizes[^1];
        if (index.Rank == 1)
        {
            // One long row is cut, so that every thread gets a part of it.
            var pieces = new Pieces<T>(arguments.Input.Pointer(), arguments.Output.Pointer(), index, arguments.Accumulate);
            device.Workers.ForRanges(rowLength, Grain, pieces);
            return;
        }

        var body = new Rows<T>(arguments.Input.Pointer(), arguments.Output.Pointer(), index, arguments.Accumulate);
        device.Workers.ForRanges(index.Elements / rowLength, Math.Max(1, Grain / rowLength), body);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRow<T>(float* input, int inputStride, float* output, int outputStride, int length, bool accumulate)
        where T : unmanaged, ISimd<T>
    {
        if (inputStride == 1 && outputStride == 1)
        {
            var i = 0;
            for (; i <= length - T.Width; i += T.Width)
            {
                var value = T.Load(input + i);
                T.Store(accumulate ? T.Load(output + i) + value : value, output + i);
            }

            for (; i < length; i++)
            {
                output[i] = accumulate ? output[i] + input[i] : input[i];
            }

            return;
        }

        for (var i = 0; i < length; i++, input += inputStride, output += outputStride)
        {
            *output = accumulate ? *output + *input : *input;
        }
    }

    private readonly struct Pieces<T>(float* input, float* output, StridedIndex index, bool accumulate) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var (from, to) = (index.InputStrides[0], index.OutputStrides[0]);
            CopyRow<T>(input + (start * from), from, output + (start * to), to, (int)(end - start), accumulate);
        }
    }

    private readonly struct Rows<T>(float* input, float* output, StridedIndex index, bool accumulate) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var sizes = index.Sizes;
            var inputStrides = index.InputStrides;
            var outputStrides = index.OutputStrides;
            var last = sizes.Length - 1;
            var digits = stackalloc int[StridedCopyArguments.MaximumRank];
            var rest = start;
            long from = 0, to = 0;
            for (var d = last - 1; d >= 0; d--)
            {
                digits[d] = (int)(rest % sizes[d]);
                rest /= sizes[d];
                from += (long)digits[d] * inputStrides[d];
                to += (long)digits[d] * outputStrides[d];
            }

            for (var row = start; row < end; row++)
            {
                CopyRow<T>(input + from, inputStrides[last], output + to, outputStrides[last], sizes[last], accumulate);
                for (var d = last - 1; d >= 0; d--)
                {
                    from += inputStrides[d];
                    to += outputStrides[d];
                    if (++digits[d] < sizes[d])
                    {
                        break;
                    }

                    from -= (long)sizes[d] * inputStrides[d];
                    to -= (long)sizes[d] * outputStrides[d];
                    digits[d] = 0;
                }
            }
        }
    }
}
