using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>SIMD twin of attention: see <see cref="ForwardHead{T}"/> for the arithmetic.</summary>
internal readonly unsafe struct AttentionForward : ISimdKernel<AttentionArguments>
{
    public static void Run<T>(CpuDevice device, in AttentionArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var head = new ForwardHead<T>(arguments);
        var count = checked(arguments.Batch * arguments.Heads);
        if (!AttentionBlocking.TransposingPays(head.QueryBlocks))
        {
            device.Workers.For(checked(count * head.QueryBlocks), new QueryRows<T>(head, 0, arguments.Heads, null));
            return;
        }

        if (AttentionBlocking.HeadsPay(count, device.Workers.Threads))
        {
            // Nobody else uses the transposed values: the thread that needs them transposes them into its own cache.
            device.Workers.For(count, new WholeHead<T>(head, arguments.Heads));
            return;
        }

        using var transposed = device.Rent<float>(checked((int)(arguments.Heads * head.TransposedFloats)));
        for (var image = 0; image < arguments.Batch; image++)
        {
            device.Workers.For(arguments.Heads * head.KeyBlocks, new Transposing<T>(head, image, transposed.Span.Pointer()));
            device.Workers.For(
                arguments.Heads * head.QueryBlocks, new QueryRows<T>(head, image, arguments.Heads, transposed.Span.Pointer()));
        }
    }

    private readonly struct WholeHead<T>(ForwardHead<T> head, int heads) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(int index)
        {
            using var scratch = WorkerScratch.Open();
            var transposed = scratch.Take<float>(head.TransposedFloats);
            for (var block = 0; block < head.KeyBlocks; block++)
            {
                head.Transpose(index / heads, index % heads, block, transposed);
            }

            for (var block = 0; block < head.QueryBlocks; block++)
            {
                head.Attend(index / heads, index % heads, block, transposed);
            }
        }
    }

    private readonly struct Transposing<T>(ForwardHead<T> head, int image, float* transposed) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(int index)
        {
            var (number, block) = Math.DivRem(index, head.KeyBlocks);
            head.Transpose(image, number, block, transposed + (number * head.TransposedFloats));
        }
    }

    /// <summary>Blocks of queries, head by head, of one image whose values are transposed, or of all images from the first one on.</summary>
    private readonly struct QueryRows<T>(ForwardHead<T> head, int image, int heads, float* transposed) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(int index)
        {
            var (row, block) = Math.DivRem(index, head.QueryBlocks);
            var (offset, number) = Math.DivRem(row, heads);
            head.Attend(image + offset, number, block, transposed == null ? null : transposed + (number * head.TransposedFloats));
        }
    }
}
