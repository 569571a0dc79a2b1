using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>What is independent of the activation.</summary>
internal static unsafe class ChannelGradientSums
{
    /// <summary>Adds the sums of all parts of an image onto those of part 0, in order.</summary>
    /// <param name="split">Of the image.</param>
    /// <param name="sums">[part][g, g · (input - center)][channel].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddParts<T>(ChannelSplit split, float* sums)
        where T : unmanaged, ISimd<T>
    {
        var length = 2 * split.Channels;
        for (var c = 0; c < length; c += T.Width)
        {
            var lanes = Math.Min(T.Width, length - c);
            var total = T.LoadPartial(sums + c, lanes);
            for (var part = 1; part < split.Count; part++)
            {
                total += T.LoadPartial(sums + ((long)part * length) + c, lanes);
            }

            T.StorePartial(total, sums + c, lanes);
        }
    }
}

/// <summary>
/// SIMD: with g = outputGradient · f'((input - center) · factor + offset), the sums of g and of g · (input - center) of each channel
/// over the rows of a part of an image.
/// </summary>
internal static unsafe class ChannelGradientSums<T, TFunction>
    where T : unmanaged, ISimd<T>
    where TFunction : INormalizedFunction
{
    /// <summary>Rows whose sums are rounded on their own before they join the total: the error grows with the square root of the rows.</summary>
    private const int BlockRows = 128;

    /// <summary>
    /// Item i: part i % parts of image i / parts. Reads [image][<see cref="ChannelGradient.Coefficients"/>][channel], writes
    /// [image][part][g, g · (input - center)][channel].
    /// </summary>
    public readonly struct Item(ChannelSplit split, float* input, float* outputGradient, float* coefficients, float* sums) : IWorkItem
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var (image, part) = Math.DivRem(index, split.Count);
            var channels = split.Channels;
            var center = coefficients + ((long)ChannelGradient.Coefficients * channels * image);
            var result = sums + (2L * channels * index);
            var x = input + split.Start(image, part);
            var dy = outputGradient + split.Start(image, part);
            var rows = split.RowsOf(part);
            var c = 0;
            for (; c <= channels - (2 * T.Width); c += 2 * T.Width)
            {
                TwoVectors(x + c, dy + c, rows, channels, center + c, result + c);
            }

            for (; c < channels; c += T.Width)
            {
                OneVector(x + c, dy + c, rows, channels, Math.Min(T.Width, channels - c), center + c, result + c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoVectors(float* x, float* dy, int rows, int channels, float* center, float* result)
    {
        var k0 = T.Load(center);
        var k1 = T.Load(center + T.Width);
        var f0 = T.Load(center + channels);
        var f1 = T.Load(center + channels + T.Width);
        var o0 = T.Load(center + (2 * channels));
        var o1 = T.Load(center + (2 * channels) + T.Width);
        T sum0 = T.Zero, sum1 = T.Zero, product0 = T.Zero, product1 = T.Zero;
        while (rows > 0)
        {
            T s0 = T.Zero, s1 = T.Zero, p0 = T.Zero, p1 = T.Zero;
            var block = Math.Min(BlockRows, rows);
            rows -= block;
            for (; block > 0; block--, x += channels, dy += channels)
            {
                var d0 = T.Load(x) - k0;
                var d1 = T.Load(x + T.Width) - k1;
                var g0 = T.Load(dy) * TFunction.Derivative(T.MultiplyAdd(d0, f0, o0));
                var g1 = T.Load(dy + T.Width) * TFunction.Derivative(T.MultiplyAdd(d1, f1, o1));
                s0 += g0;
                s1 += g1;
                p0 = T.MultiplyAdd(g0, d0, p0);
                p1 = T.MultiplyAdd(g1, d1, p1);
            }

            sum0 += s0;
            sum1 += s1;
            product0 += p0;
            product1 += p1;
        }

        T.Store(sum0, result);
        T.Store(sum1, result + T.Width);
        T.Store(product0, result + channels);
        T.Store(product1, result + channels + T.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneVector(float* x, float* dy, int rows, int channels, int lanes, float* center, float* result)
    {
        var k = T.LoadPartial(center, lanes);
        var f = T.LoadPartial(center + channels, lanes);
        var o = T.LoadPartial(center + (2 * channels), lanes);
        T sum = T.Zero, product = T.Zero;
        while (rows > 0)
        {
            T s = T.Zero, p = T.Zero;
            var block = Math.Min(BlockRows, rows);
            rows -= block;
            for (; block > 0; block--, x += channels, dy += channels)
            {
                var d = T.LoadPartial(x, lanes) - k;
                var g = T.LoadPartial(dy, lanes) * TFunction.Derivative(T.MultiplyAdd(d, f, o));
                s += g;
                p = T.MultiplyAdd(g, d, p);
            }

            sum += s;
            product += p;
        }

        T.StorePartial(sum, result, lanes);
        T.StorePartial(product, result + channels, lanes);
    }
}
