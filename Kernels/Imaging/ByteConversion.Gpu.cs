using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Imaging;

/// <summary>One thread per element.</summary>
internal static class ByteConversionKernels
{
    private static readonly GpuKernel<ToFloatParameters> ToFloatKernel = new(ToFloat);
    private static readonly GpuKernel<ToBytesParameters> ToBytesKernel = new(ToBytes);

    public static GpuVariant<BytesToFloatArguments> ToFloatVariant { get; } = new("elementwise", LaunchToFloat, [ToFloatKernel]);

    public static GpuVariant<FloatToBytesArguments> ToBytesVariant { get; } = new("elementwise", LaunchToBytes, [ToBytesKernel]);

    private static void LaunchToFloat(GpuDevice device, in BytesToFloatArguments arguments) =>
        device.LaunchElementwise(ToFloatKernel, arguments.Input.Length, new ToFloatParameters
        {
            Input = device.View(arguments.Input),
            Output = device.View(arguments.Output),
            Scale = arguments.Scale,
            Shift = arguments.Shift,
            Length = arguments.Input.Length,
        });

    private static void LaunchToBytes(GpuDevice device, in FloatToBytesArguments arguments) =>
        device.LaunchElementwise(ToBytesKernel, arguments.Input.Length, new ToBytesParameters
        {
            Input = device.View(arguments.Input),
            Output = device.View(arguments.Output),
            Scale = arguments.Scale,
            Shift = arguments.Shift,
            Length = arguments.Input.Length,
        });

    internal static void ToFloat(ToFloatParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            p.Output[i] = (p.Input[i] * p.Scale) + p.Shift;
        }
    }

    internal static void ToBytes(ToBytesParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var value = (p.Input[i] * p.Scale) + p.Shift;

            // The comparisons are false for not-a-number, which ends up at 0.
            value = value > 0f ? value : 0f;
            value = value < 255f ? value : 255f;
            var below = XMath.Floor(value);
            var part = value - below;
            var integer = (int)below;
            var isOdd = (integer & 1) == 1;
            integer = part > 0.5f || (part == 0.5f && isOdd) ? integer + 1 : integer;
            p.Output[i] = (byte)integer;
        }
    }

    internal struct ToFloatParameters
    {
        public ArrayView<byte> Input;
        public ArrayView<float> Output;
        public float Scale;
        public float Shift;
        public int Length;
    }

    internal struct ToBytesParameters
    {
        public ArrayView<float> Input;
        public ArrayView<byte> Output;
        public float Scale;
        public float Shift;
        public int Length;
    }
}
