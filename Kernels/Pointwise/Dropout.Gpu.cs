using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>One thread per block of Philox: four elements of one image, fewer at its end.</summary>
internal static class DropoutKernels
{
    private static readonly GpuKernel<Parameters> Kernel = new(Forward);

    public static GpuVariant<DropoutArguments> Variant { get; } = new("blocks", Launch, [Kernel]);

    internal static void Forward(Parameters p)
    {
        var image = p.Grid.Row();
        var block = p.Grid.Column();
        if (block < p.Grid.Columns && image < p.Grid.Rows)
        {
            var (x, y, z, w) = Philox.Block((uint)block, (uint)(p.FirstImage + image), p.Stream, p.Step, p.Key0, p.Key1);
            var element = block * 4;
            p.Apply(image, element, x);
            p.Apply(image, element + 1, y);
            p.Apply(image, element + 2, z);
            p.Apply(image, element + 3, w);
        }
    }

    private static void Launch(GpuDevice device, in DropoutArguments arguments)
    {
        var launch = BroadcastGrid.For(arguments.Images, (int)(((long)arguments.Elements + 3) / 4));
        device.Launch(Kernel, launch.GridSize, launch.GroupSize, new Parameters
        {
            Input = device.View(arguments.Input),
            Output = device.View(arguments.Output),
            Grid = launch.Grid,
            Elements = arguments.Elements,
            Keep = arguments.Keep,
            Scale = 1f / arguments.Keep,
            FirstImage = arguments.Key.FirstImage,
            Stream = arguments.Key.Stream,
            Step = arguments.Key.Step,
            Key0 = (uint)arguments.Key.Seed,
            Key1 = (uint)(arguments.Key.Seed >> 32),
        });
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Output;
        public BroadcastGrid Grid;
        public int Elements;
        public float Keep;
        public float Scale;
        public int FirstImage;
        public uint Stream;
        public uint Step;
        public uint Key0;
        public uint Key1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(int image, int element, uint word)
        {
            if (element < Elements)
            {
                var i = (image * Elements) + element;
                var scaled = Input[i] * Scale;
                Output[i] = Philox.Uniform(word) < Keep ? scaled : 0f;
            }
        }
    }
}
