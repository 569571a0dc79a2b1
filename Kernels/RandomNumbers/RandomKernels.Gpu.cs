using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.RandomNumbers;

/// <summary>One thread per block of Philox: four elements of one image, fewer at its end.</summary>
internal static class RandomKernels
{
    private const float HalfPi = 1.57079633f;

    private static readonly GpuKernel<NumberParameters> NumberKernel = new(Numbers);
    private static readonly GpuKernel<IntegerParameters> IntegerKernel = new(Integers);

    public static GpuVariant<RandomArguments> UniformVariant { get; } = new("blocks", LaunchUniform, [NumberKernel]);

    public static GpuVariant<RandomArguments> NormalVariant { get; } = new("blocks", LaunchNormal, [NumberKernel]);

    public static GpuVariant<RandomIntegersArguments> IntegersVariant { get; } = new("blocks", LaunchIntegers, [IntegerKernel]);

    private static void LaunchUniform(GpuDevice device, in RandomArguments arguments) => LaunchNumbers(device, arguments, 0);

    private static void LaunchNormal(GpuDevice device, in RandomArguments arguments) => LaunchNumbers(device, arguments, 1);

    private static void LaunchNumbers(GpuDevice device, in RandomArguments arguments, int isNormal)
    {
        var counters = Counters.Of(arguments.Images, arguments.Elements, arguments.Key);
        device.LaunchElementwise(NumberKernel, counters.Blocks, new NumberParameters
        {
            Output = device.View(arguments.Output),
            Counters = counters,
            IsNormal = isNormal,
        });
    }

    private static void LaunchIntegers(GpuDevice device, in RandomIntegersArguments arguments)
    {
        var counters = Counters.Of(arguments.Images, arguments.Elements, arguments.Key);
        device.LaunchElementwise(IntegerKernel, counters.Blocks, new IntegerParameters
        {
            Output = device.View(arguments.Output),
            Counters = counters,
            Bound = arguments.Bound,
        });
    }

    internal static void Numbers(NumberParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Counters.Blocks)
        {
            var image = i / p.Counters.BlocksPerImage;
            var block = i - (image * p.Counters.BlocksPerImage);
            var (x, y, z, w) = p.Counters.Draw(image, block);
            var first = Philox.Uniform(x);
            var second = Philox.Uniform(y);
            var third = Philox.Uniform(z);
            var fourth = Philox.Uniform(w);
            if (p.IsNormal != 0)
            {
                (first, second) = NormalPair(x, y);
                (third, fourth) = NormalPair(z, w);
            }

            var element = block * 4;
            var at = (image * p.Counters.Elements) + element;
            p.Output[at] = first;
            if (element + 1 < p.Counters.Elements)
            {
                p.Output[at + 1] = second;
            }

            if (element + 2 < p.Counters.Elements)
            {
                p.Output[at + 2] = third;
            }

            if (element + 3 < p.Counters.Elements)
            {
                p.Output[at + 3] = fourth;
            }
        }
    }

    internal static void Integers(IntegerParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Counters.Blocks)
        {
            var image = i / p.Counters.BlocksPerImage;
            var block = i - (image * p.Counters.BlocksPerImage);
            var (x, y, z, w) = p.Counters.Draw(image, block);
            var element = block * 4;
            var at = (image * p.Counters.Elements) + element;
            p.Output[at] = Philox.Scaled(x, p.Bound);
            if (element + 1 < p.Counters.Elements)
            {
                p.Output[at + 1] = Philox.Scaled(y, p.Bound);
            }

            if (element + 2 < p.Counters.Elements)
            {
                p.Output[at + 2] = Philox.Scaled(z, p.Bound);
            }

            if (element + 3 < p.Counters.Elements)
            {
                p.Output[at + 3] = Philox.Scaled(w, p.Bound);
            }
        }
    }

    /// <summary>
    /// Box and Muller's transformation. The angle is reduced to an eighth of a turn exactly; the hardware's sine would be off by 3e-6 of
    /// a long radius.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float First, float Second) NormalPair(uint radiusBits, uint angleBits)
    {
        var radius = XMath.Sqrt(-2f * GpuMath.Log(Philox.PositiveUniform(radiusBits)));
        var quarters = 4f * Philox.Uniform(angleBits);
        var quadrant = (int)(quarters + 0.5f);
        var angle = (quarters - quadrant) * HalfPi;
        var square = angle * angle;
        var sine = angle + (angle * square * (NormalCoefficients.Sine3
            + (square * (NormalCoefficients.Sine5 + (square * NormalCoefficients.Sine7)))));
        var cosine = 1f - (0.5f * square) + (square * square * (NormalCoefficients.Cosine4
            + (square * (NormalCoefficients.Cosine6 + (square * NormalCoefficients.Cosine8)))));
        var isOdd = (quadrant & 1) != 0;
        var first = isOdd ? sine : cosine;
        var second = isOdd ? cosine : sine;
        first = ((quadrant + 1) & 2) != 0 ? -first : first;
        second = (quadrant & 2) != 0 ? -second : second;
        return (radius * first, radius * second);
    }

    /// <summary>Which blocks a tensor takes its numbers from.</summary>
    internal struct Counters
    {
        public int Blocks;
        public int BlocksPerImage;
        public int Elements;
        public int FirstImage;
        public uint Stream;
        public uint Step;
        public uint Key0;
        public uint Key1;

        public static Counters Of(int images, int elements, in RandomKey key)
        {
            var blocks = (int)(((long)elements + 3) / 4);
            return new Counters
            {
                Blocks = images * blocks,
                BlocksPerImage = blocks,
                Elements = elements,
                FirstImage = key.FirstImage,
                Stream = key.Stream,
                Step = key.Step,
                Key0 = (uint)key.Seed,
                Key1 = (uint)(key.Seed >> 32),
            };
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly (uint X, uint Y, uint Z, uint W) Draw(int image, int block) =>
            Philox.Block((uint)block, (uint)(FirstImage + image), Stream, Step, Key0, Key1);
    }

    internal struct NumberParameters
    {
        public ArrayView<float> Output;
        public Counters Counters;
        public int IsNormal;
    }

    internal struct IntegerParameters
    {
        public ArrayView<int> Output;
        public Counters Counters;
        public int Bound;
    }
}
