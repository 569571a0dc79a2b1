using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>SIMD twin of attention: see <see cref="ForwardHead{T}"/> for the arithmetic.</summary>
internal readonly unsafe struct AttentionForward : ISimdKernel<AttentionArguments>
{
    public static void Run<T>(CpuDevice device, in AttentionArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var head = new ForwardHead<T>(arguments);
        if (head.QueryBlocks == 1 || AttentionBlocking.HeadsPay(arguments.Batch * arguments.Heads, device.Workers.Threads))
        {
            // Nobody else uses the packed keys: the thread that needs them packs them into its own cache.
            device.Workers.For(arguments.Batch * arguments.Heads, new WholeHead<T>(head, arguments.Heads));
            return;
        }

        using var packed = device.Rent<float>(checked((int)(arguments.Heads * head.PackedFloats)));
        for (var image = 0; image < arguments.Batch; image++)
        {
            device.Workers.For(
                arguments.Heads * head.KeyBlocks, new Packing<T>(head, image, packed.Span.Pointer()));
            device.Workers.For(
                arguments.Heads * head.QueryBlocks, new QueryRows<T>(head, image, packed.Span.Pointer()));
        }
    }

    private readonly struct WholeHead<T>(ForwardHead<T> head, int heads) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(int index)
        {
            using var scratch = WorkerScratch.Open();
            var packed = scratch.Take<float>(head.PackedFloats);
            for (var block = 0; block < head.KeyBlocks; block++)
            {
                head.Pack(index / heads, index % heads, block, packed);
            }

            for (var block = 0; block < head.QueryBlocks; block++)
            {
                head.Attend(index / heads, index % heads, block, packed);
            }
        }
    }

    private readonly struct Packing<T>(ForwardHead<T> head, int image, float* packed) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(int index)
        {
            var (number, block) = Math.DivRem(index, head.KeyBlocks);
            head.Pack(image, number, block, packed + (number * head.PackedFloats));
        }
    }

    private readonly struct QueryRows<T>(ForwardHead<T> head, int image, float* packed) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(int index)
        {
            var (number, block) = Math.DivRem(index, head.QueryBlocks);
            head.Attend(image, number, block, packed + (number * head.PackedFloats));
        }
    }
}
