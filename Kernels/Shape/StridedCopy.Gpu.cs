using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Shape;

/// <summary>One thread per element, numbered in the order of the output's index space, so that writes coalesce.</summary>
internal static class StridedCopyKernels
{
    private static readonly GpuKernel<Parameters> CopyKernel = new(Copy);

    public static GpuVariant<StridedCopyArguments> Variant { get; } = new("elementwise", Launch, [CopyKernel]);

    private static void Launch(GpuDevice device, in StridedCopyArguments arguments)
    {
        var index = arguments.Index;
        device.LaunchElementwise(CopyKernel, index.Elements, new Parameters
        {
            Input = device.View(arguments.Input),
            Output = device.View(arguments.Output),
            Length = index.Elements,
            Accumulate = arguments.Accumulate ? 1 : 0,
            D0 = Dimension.Of(index, 0),
            D1 = Dimension.Of(index, 1),
            D2 = Dimension.Of(index, 2),
            D3 = Dimension.Of(index, 3),
            D4 = Dimension.Of(index, 4),
            D5 = Dimension.Of(index, 5),
        });
    }

    internal static void Copy(Parameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var cursor = new Cursor { Rest = i };
            cursor.Take(p.D5);
            cursor.Take(p.D4);
            cursor.Take(p.D3);
            cursor.Take(p.D2);
            cursor.Take(p.D1);
            cursor.Take(p.D0);
            var value = p.Input[cursor.Input];
            p.Output[cursor.Output] = p.Accumulate != 0 ? p.Output[cursor.Output] + value : value;
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Output;
        public int Length;
        public int Accumulate;
        public Dimension D0;
        public Dimension D1;
        public Dimension D2;
        public Dimension D3;
        public Dimension D4;
        public Dimension D5;
    }

    internal struct Dimension
    {
        public int Size;
        public int InputStride;
        public int OutputStride;

        /// <summary>Innermost dimensions are last; missing ones in front have size 1.</summary>
        public static Dimension Of(StridedIndex index, int position)
        {
            var i = position - (StridedCopyArguments.MaximumRank - index.Rank);
            return i < 0
                ? new Dimension { Size = 1 }
                : new Dimension { Size = index.Sizes[i], InputStride = index.InputStrides[i], OutputStride = index.OutputStrides[i] };
        }
    }

    private struct Cursor
    {
        public int Rest;
        public int Input;
        public int Output;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(Dimension dimension)
        {
            var quotient = Rest / dimension.Size;
            var digit = Rest - (quotient * dimension.Size);
            Input += digit * dimension.InputStride;
            Output += digit * dimension.OutputStride;
            Rest = quotient;
        }
    }
}
