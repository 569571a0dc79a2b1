using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.RandomNumbers;

/// <summary>What a block's four words become.</summary>
/// <typeparam name="TElement">float or int.</typeparam>
internal interface IBlockFunction<TElement>
    where TElement : unmanaged
{
    TElement Of(uint bits);
}

internal readonly struct UniformFunction : IBlockFunction<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Of(uint bits) => Philox.Uniform(bits);
}

internal readonly struct IntegerFunction(int bound) : IBlockFunction<int>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Of(uint bits) => Philox.Scaled(bits, bound);
}

/// <summary>Writes the numbers of a tensor element by element, split into runs of blocks within an image.</summary>
internal readonly unsafe struct RandomBlocks<TElement, TFunction>(
    TElement* output, int elements, int segments, RandomKey key, TFunction function) : IWorkItem
    where TElement : unmanaged
    where TFunction : struct, IBlockFunction<TElement>
{
    public static void Run(CpuDevice device, DeviceSpan<TElement> output, int images, int elements, RandomKey key, TFunction function)
    {
        var segments = RandomSegments.Count(elements);
        device.Workers.For(images * segments, new RandomBlocks<TElement, TFunction>(output.Pointer(), elements, segments, key, function));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var (image, start, end) = RandomSegments.Of(index, segments, elements);
        var destination = output + ((long)image * elements);
        var (key0, key1) = ((uint)key.Seed, (uint)(key.Seed >> 32));
        for (var i = start; i < end; i += 4)
        {
            var (x, y, z, w) = Philox.Block((uint)i / 4, (uint)(key.FirstImage + image), key.Stream, key.Step, key0, key1);
            if (end - i >= 4)
            {
                destination[i] = function.Of(x);
                destination[i + 1] = function.Of(y);
                destination[i + 2] = function.Of(z);
                destination[i + 3] = function.Of(w);
                continue;
            }

            destination[i] = function.Of(x);
            if (i + 1 < end)
            {
                destination[i + 1] = function.Of(y);
            }

            if (i + 2 < end)
            {
                destination[i + 2] = function.Of(z);
            }
        }
    }
}

/// <summary>Runs of elements of one image, each a multiple of a block except for the image's last.</summary>
internal static class RandomSegments
{
    public static int Count(int elements) => (int)(((long)elements + Elementwise.Grain - 1) / Elementwise.Grain);

    public static (int Image, int Start, int End) Of(int index, int segments, int elements)
    {
        var image = index / segments;
        var start = (index - (image * segments)) * Elementwise.Grain;
        return (image, start, (int)Math.Min((long)start + Elementwise.Grain, elements));
    }
}

/// <summary>CPU twin: integer arithmetic, so the same bits as on every other device.</summary>
internal readonly struct RandomUniform : ISimdKernel<RandomArguments>
{
    public static void Run<T>(CpuDevice device, in RandomArguments arguments)
        where T : unmanaged, ISimd<T> =>
        RandomBlocks<float, UniformFunction>.Run(
            device, arguments.Output, arguments.Images, arguments.Elements, arguments.Key, default);
}

/// <inheritdoc cref="RandomUniform"/>
internal readonly struct RandomIntegers : ISimdKernel<RandomIntegersArguments>
{
    public static void Run<T>(CpuDevice device, in RandomIntegersArguments arguments)
        where T : unmanaged, ISimd<T> =>
        RandomBlocks<int, IntegerFunction>.Run(
            device, arguments.Output, arguments.Images, arguments.Elements, arguments.Key, new IntegerFunction(arguments.Bound));
}
