using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.RandomNumbers;

/// <summary>What a word becomes.</summary>
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

/// <summary>Writes the numbers of a tensor, split into runs of blocks within an image.</summary>
internal readonly unsafe struct RandomBlocks<TElement, TFunction, T>(
    TElement* output, int elements, int segments, RandomKey key, TFunction function) : IWorkItem
    where TElement : unmanaged
    where TFunction : struct, IBlockFunction<TElement>
    where T : unmanaged, ISimd<T>
{
    public static void Run(CpuDevice device, DeviceSpan<TElement> output, int images, int elements, RandomKey key, TFunction function)
    {
        var segments = RandomSegments.Count(elements);
        device.Workers.For(
            images * segments, new RandomBlocks<TElement, TFunction, T>(output.Pointer(), elements, segments, key, function));
    }

    [MethodImpl(HotLoop.Options)]
    public void Run(int index)
    {
        var words = stackalloc uint[PhiloxVectors.Words];
        var (image, start, end) = RandomSegments.Of(index, segments, elements);
        var destination = output + ((long)image * elements);
        for (var first = start; first < end; first += PhiloxVectors.Words)
        {
            PhiloxVectors.Draw<T>(words, key, image, first / 4);
            var count = Math.Min(PhiloxVectors.Words, end - first);
            for (var i = 0; i < count; i++)
            {
                destination[first + i] = function.Of(words[i]);
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
        RandomBlocks<float, UniformFunction, T>.Run(
            device, arguments.Output, arguments.Images, arguments.Elements, arguments.Key, default);
}

/// <inheritdoc cref="RandomUniform"/>
internal readonly struct RandomIntegers : ISimdKernel<RandomIntegersArguments>
{
    public static void Run<T>(CpuDevice device, in RandomIntegersArguments arguments)
        where T : unmanaged, ISimd<T> =>
        RandomBlocks<int, IntegerFunction, T>.Run(
            device, arguments.Output, arguments.Images, arguments.Elements, arguments.Key, new IntegerFunction(arguments.Bound));
}
