using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// SIMD twin of attention's gradient: see <see cref="BackwardHead{T}"/> for the arithmetic. Every score is computed once, in a
/// pass over the queries that also adds to the gradients of keys and values; images of few heads cut their queries into a fixed number
/// of ranges, whose partial gradients are added in order.
/// </summary>
internal readonly unsafe struct AttentionBackward : ISimdKernel<AttentionBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in AttentionBackwardArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var head = new BackwardHead<T>(arguments);
        var (heads, keys) = (arguments.Heads, arguments.Keys);
        var splits = AttentionBlocking.BackwardSplits(heads, arguments.Queries, keys, arguments.HeadWidth);
        if (splits == 1 || AttentionBlocking.HeadsPay(arguments.Batch * heads, device.Workers.Threads))
        {
            device.Workers.For(arguments.Batch * heads, new WholeHead<T>(head, heads, splits));
            return;
        }

        using var packed = device.Rent<float>(checked((int)(heads * head.PackedFloats)));
        using var partial = device.Rent<float>(checked((int)(heads * splits * head.SumFloats)));
        for (var image = 0; image < arguments.Batch; image++)
        {
            var work = new SplitHead<T>(head, image, splits, packed.Span.Pointer(), partial.Span.Pointer());
            device.Workers.For(heads * head.KeyBlocks, new Packing<T>(work));
            device.Workers.For(heads * splits, new Summing<T>(work));
            device.Workers.For(heads * head.KeyBlocks, new Finishing<T>(work));
        }
    }

    private readonly struct WholeHead<T>(BackwardHead<T> head, int heads, int splits) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(int index)
        {
            using var scratch = WorkerScratch.Open();
            var (image, number) = Math.DivRem(index, heads);
            var packed = scratch.Take<float>(head.PackedFloats);
            var sums = scratch.Take<float>(splits * head.SumFloats);
            for (var block = 0; block < head.KeyBlocks; block++)
            {
                head.Pack(image, number, block, packed);
            }

            for (var split = 0; split < splits; split++)
            {
                head.Accumulate(image, number, split, splits, packed, sums + (split * head.SumFloats));
            }

            for (var block = 0; block < head.KeyBlocks; block++)
            {
                head.Finish(image, number, block, sums, splits);
            }
        }
    }

    /// <summary>One image's heads, each with its packed operands and the partial gradients of its ranges of queries.</summary>
    private readonly struct SplitHead<T>(BackwardHead<T> head, int image, int splits, float* packed, float* partial)
        where T : unmanaged, ISimd<T>
    {
        public int Splits => splits;

        public int KeyBlocks => head.KeyBlocks;

        public void Pack(int number, int block) => head.Pack(image, number, block, packed + (number * head.PackedFloats));

        public void Accumulate(int number, int split) => head.Accumulate(
            image,
            number,
            split,
            splits,
            packed + (number * head.PackedFloats),
            partial + (((number * splits) + split) * head.SumFloats));

        public void Finish(int number, int block) =>
            head.Finish(image, number, block, partial + (number * splits * head.SumFloats), splits);
    }

    private readonly struct Packing<T>(SplitHead<T> work) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(int index) => work.Pack(index / work.KeyBlocks, index % work.KeyBlocks);
    }

    private readonly struct Summing<T>(SplitHead<T> work) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(int index) => work.Accumulate(index / work.Splits, index % work.Splits);
    }

    private readonly struct Finishing<T>(SplitHead<T> work) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(int index) => work.Finish(index / work.KeyBlocks, index % work.KeyBlocks);
    }
}
