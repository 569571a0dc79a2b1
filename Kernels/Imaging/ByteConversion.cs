using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Imaging;

/// <summary>SIMD twin: the loop is left to the compiler, images pass here once in a program.</summary>
internal readonly unsafe struct BytesToFloat : ISimdKernel<BytesToFloatArguments>
{
    public static void Run<T>(CpuDevice device, in BytesToFloatArguments arguments)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(
            arguments.Input.Length,
            Elementwise.Grain,
            new Body(arguments.Input.Pointer(), arguments.Output.Pointer(), arguments.Scale, arguments.Shift));

    private readonly struct Body(byte* input, float* output, float scale, float shift) : IRangeWorkItem
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            for (var i = start; i < end; i++)
            {
                output[i] = (input[i] * scale) + shift;
            }
        }
    }
}

/// <summary>SIMD twin: scaled, limited and rounded in vectors, narrowed one by one.</summary>
internal readonly unsafe struct FloatToBytes : ISimdKernel<FloatToBytesArguments>
{
    public static void Run<T>(CpuDevice device, in FloatToBytesArguments arguments)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(
            arguments.Input.Length,
            Elementwise.Grain,
            new Body<T>(arguments.Input.Pointer(), arguments.Output.Pointer(), arguments.Scale, arguments.Shift));

    private readonly struct Body<T>(float* input, byte* output, float scale, float shift) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var rounded = stackalloc float[T.Width];
            for (var i = start; i < end; i += T.Width)
            {
                var count = (int)Math.Min(T.Width, end - i);
                var value = (T.LoadPartial(input + i, count) * T.Create(scale)) + T.Create(shift);
                value = T.Select(T.GreaterThan(value, T.Zero), value, T.Zero);
                T.Store(T.Round(T.Min(value, T.Create(255))), rounded);
                for (var lane = 0; lane < count; lane++)
                {
                    output[i + lane] = (byte)rounded[lane];
                }
            }
        }
    }
}
