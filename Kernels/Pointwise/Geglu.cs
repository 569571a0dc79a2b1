using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>SIMD twin of value · gelu(gate).</summary>
internal readonly unsafe struct GegluForward : ISimdKernel<GegluArguments>
{
    public static void Run<T>(CpuDevice device, in GegluArguments arguments)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(
            arguments.Rows,
            Math.Max(1, Elementwise.Grain / Math.Max(1, arguments.Channels)),
            new Body<T>(arguments.Input.Pointer(), arguments.Output.Pointer(), arguments.Channels));

    private readonly struct Body<T>(float* input, float* output, int channels) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            for (var row = start; row < end; row++)
            {
                var value = input + (row * 2 * channels);
                var gate = value + channels;
                var y = output + (row * channels);
                var c = 0;
                for (; c <= channels - T.Width; c += T.Width)
                {
                    T.Store(T.Load(value + c) * SimdMath.Gelu(T.Load(gate + c)), y + c);
                }

                if (c < channels)
                {
                    var rest = channels - c;
                    T.StorePartial(T.LoadPartial(value + c, rest) * SimdMath.Gelu(T.LoadPartial(gate + c, rest)), y + c, rest);
                }
            }
        }
    }
}

/// <summary>SIMD twin of the gradients dy · gelu(gate) and dy · value · gelu'(gate).</summary>
internal readonly unsafe struct GegluBackward : ISimdKernel<GegluBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in GegluBackwardArguments arguments)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(
            arguments.Rows,
            Math.Max(1, Elementwise.Grain / Math.Max(1, arguments.Channels)),
            new Body<T>(
                arguments.Input.Pointer(), arguments.OutputGradient.Pointer(), arguments.InputGradient.Pointer(), arguments.Channels));

    private readonly struct Body<T>(float* input, float* outputGradient, float* inputGradient, int channels) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            for (var row = start; row < end; row++)
            {
                var value = input + (row * 2 * channels);
                var gate = value + channels;
                var dy = outputGradient + (row * channels);
                var valueGradient = inputGradient + (row * 2 * channels);
                var gateGradient = valueGradient + channels;
                var c = 0;
                for (; c <= channels - T.Width; c += T.Width)
                {
                    var (gelu, derivative) = SimdMath.GeluWithDerivative(T.Load(gate + c));
                    var gradient = T.Load(dy + c);
                    var scaled = gradient * T.Load(value + c);
                    T.Store(gradient * gelu, valueGradient + c);
                    T.Store(scaled * derivative, gateGradient + c);
                }

                if (c < channels)
                {
                    var rest = channels - c;
                    var (gelu, derivative) = SimdMath.GeluWithDerivative(T.LoadPartial(gate + c, rest));
                    var gradient = T.LoadPartial(dy + c, rest);
                    var scaled = gradient * T.LoadPartial(value + c, rest);
                    T.StorePartial(gradient * gelu, valueGradient + c, rest);
                    T.StorePartial(scaled * derivative, gateGradient + c, rest);
                }
            }
        }
    }
}
