using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>SIMD twin of the scaled addition with coefficients for each image.</summary>
internal readonly unsafe struct Mix : ISimdKernel<MixArguments>
{
    public static void Run<T>(CpuDevice device, in MixArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        if (arguments.Right.IsAbsent)
        {
            BinaryForward<Multiply, BinaryArguments>.Run<T>(device, arguments.AsProduct());
            return;
        }

        var segments = ((arguments.Elements - 1) / Elementwise.Grain) + 1;
        device.Workers.For(
            Check.Elements(arguments.Images, segments),
            new Body<T>(
                arguments.Left.Pointer(),
                arguments.LeftScale.Pointer(),
                arguments.Right.Pointer(),
                arguments.RightScale.Pointer(),
                arguments.Output.Pointer(),
                arguments.Elements,
                segments));
    }

    /// <summary>A segment of one image.</summary>
    private readonly struct Body<T>(
        float* left, float* leftScale, float* right, float* rightScale, float* output, int elements, int segments) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            var image = index / segments;
            var start = (index - (image * segments)) * Elementwise.Grain;
            var count = Math.Min(Elementwise.Grain, elements - start);
            var offset = ((long)image * elements) + start;
            var l = left + offset;
            var r = right + offset;
            var y = output + offset;
            var (a, b) = (T.Create(leftScale[image]), T.Create(rightScale[image]));
            var i = 0;
            for (; i <= count - T.Width; i += T.Width)
            {
                T.Store(T.MultiplyAdd(a, T.Load(l + i), b * T.Load(r + i)), y + i);
            }

            if (i < count)
            {
                var rest = count - i;
                T.StorePartial(T.MultiplyAdd(a, T.LoadPartial(l + i, rest), b * T.LoadPartial(r + i, rest)), y + i, rest);
            }
        }
    }
}
