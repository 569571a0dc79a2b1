using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>What is independent of the activation.</summary>
internal static unsafe class ChannelGradientSums
{
    /// <summary>
    /// The sums of a channel: g, g · (input - center), what rounding took from the sum of g, and input - center.
    /// </summary>
    /// <remarks>
    /// An error of the sum of g or of the center is an error that all pixels of the input gradient share, and a bias before the
    /// normalisation has their sum as its gradient: it would grow with the pixels, the rounding of single pixels with their square root.
    /// </remarks>
    public const int Count = 4;

    /// <summary>Adds the sums of all parts of an image onto those of part 0, in order.</summary>
    /// <param name="split">Of the image.</param>
    /// <param name="sums">[part][<see cref="Count"/>][channel].</param>
    [MethodImpl(HotLoop.Options)]
    public static void AddParts<T>(ChannelSplit split, float* sums)
        where T : unmanaged, ISimd<T>
    {
        var channels = split.Channels;
        AddParts<T>(split, sums + channels, channels, Count * channels);
        AddParts<T>(split, sums + (3 * channels), channels, Count * channels);
        for (var c = 0; c < channels; c += T.Width)
        {
            var lanes = Math.Min(T.Width, channels - c);
            CompensatedSum<T> total = default;
            for (var part = 0; part < split.Count; part++)
            {
                var from = sums + ((long)part * Count * channels) + c;
                total += new CompensatedSum<T>(T.LoadPartial(from, lanes), T.LoadPartial(from + (2 * channels), lanes));
            }

            T.StorePartial(total.High, sums + c, lanes);
            T.StorePartial(total.Low, sums + (2 * channels) + c, lanes);
        }
    }

    /// <summary>Adds rows that lie <paramref name="stride"/> apart onto the first one, in order.</summary>
    /// <param name="split">Whose parts have a row each.</param>
    /// <param name="sums">The first row.</param>
    /// <param name="length">Of a row.</param>
    /// <param name="stride">From one part's row to the next part's.</param>
    [MethodImpl(HotLoop.Options)]
    public static void AddParts<T>(ChannelSplit split, float* sums, int length, int stride)
        where T : unmanaged, ISimd<T>
    {
        for (var c = 0; c < length; c += T.Width)
        {
            var lanes = Math.Min(T.Width, length - c);
            var total = T.LoadPartial(sums + c, lanes);
            for (var part = 1; part < split.Count; part++)
            {
                total += T.LoadPartial(sums + ((long)part * stride) + c, lanes);
            }

            T.StorePartial(total, sums + c, lanes);
        }
    }
}

/// <summary>
/// SIMD: with g = outputGradient · f'((input - center) · factor + offset), the sums of g, of g · (input - center) and of input - center
/// of each channel over the rows of a part of an image.
/// </summary>
internal static unsafe class ChannelGradientSums<T, TFunction>
    where T : unmanaged, ISimd<T>
    where TFunction : INormalizedFunction
{
    /// <summary>Rows whose products are added on their own before they join the total: the error grows with the square root of the rows.</summary>
    private const int BlockRows = 128;

    /// <summary>
    /// Item i: part i % parts of image i / parts. Reads [image][<see cref="ChannelGradient.Coefficients"/>][channel], writes
    /// [image][part][<see cref="ChannelGradientSums.Count"/>][channel].
    /// </summary>
    public readonly struct Item(ChannelSplit split, float* input, float* outputGradient, float* coefficients, float* sums) : IWorkItem
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            var (image, part) = Math.DivRem(index, split.Count);
            var channels = split.Channels;
            var center = coefficients + ((long)ChannelGradient.Coefficients * channels * image);
            var result = sums + ((long)ChannelGradientSums.Count * channels * index);
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

    [MethodImpl(HotLoop.Options)]
    private static void TwoVectors(float* x, float* dy, int rows, int channels, float* center, float* result)
    {
        var k0 = T.Load(center);
        var k1 = T.Load(center + T.Width);
        var f0 = T.Load(center + channels);
        var f1 = T.Load(center + channels + T.Width);
        var o0 = T.Load(center + (2 * channels));
        var o1 = T.Load(center + (2 * channels) + T.Width);
        CompensatedSum<T> sum0 = default, sum1 = default;
        T product0 = T.Zero, product1 = T.Zero, offset0 = T.Zero, offset1 = T.Zero;
        while (rows > 0)
        {
            T p0 = T.Zero, p1 = T.Zero, s0 = T.Zero, s1 = T.Zero;
            var block = Math.Min(BlockRows, rows);
            rows -= block;
            for (; block > 0; block--, x += channels, dy += channels)
            {
                var d0 = T.Load(x) - k0;
                var d1 = T.Load(x + T.Width) - k1;
                var g0 = T.Load(dy) * TFunction.Derivative(T.MultiplyAdd(d0, f0, o0));
                var g1 = T.Load(dy + T.Width) * TFunction.Derivative(T.MultiplyAdd(d1, f1, o1));
                sum0 += g0;
                sum1 += g1;
                p0 = T.MultiplyAdd(g0, d0, p0);
                p1 = T.MultiplyAdd(g1, d1, p1);
                s0 += d0;
                s1 += d1;
            }

            product0 += p0;
            product1 += p1;
            offset0 += s0;
            offset1 += s1;
        }

        T.Store(sum0.High, result);
        T.Store(sum1.High, result + T.Width);
        T.Store(product0, result + channels);
        T.Store(product1, result + channels + T.Width);
        T.Store(sum0.Low, result + (2 * channels));
        T.Store(sum1.Low, result + (2 * channels) + T.Width);
        T.Store(offset0, result + (3 * channels));
        T.Store(offset1, result + (3 * channels) + T.Width);
    }

    [MethodImpl(HotLoop.Options)]
    private static void OneVector(float* x, float* dy, int rows, int channels, int lanes, float* center, float* result)
    {
        var k = T.LoadPartial(center, lanes);
        var f = T.LoadPartial(center + channels, lanes);
        var o = T.LoadPartial(center + (2 * channels), lanes);
        CompensatedSum<T> sum = default;
        T product = T.Zero, offset = T.Zero;
        while (rows > 0)
        {
            T p = T.Zero, s = T.Zero;
            var block = Math.Min(BlockRows, rows);
            rows -= block;
            for (; block > 0; block--, x += channels, dy += channels)
            {
                var d = T.LoadPartial(x, lanes) - k;
                var g = T.LoadPartial(dy, lanes) * TFunction.Derivative(T.MultiplyAdd(d, f, o));
                sum += g;
                p = T.MultiplyAdd(g, d, p);
                s += d;
            }

            product += p;
            offset += s;
        }

        T.StorePartial(sum.High, result, lanes);
        T.StorePartial(product, result + channels, lanes);
        T.StorePartial(sum.Low, result + (2 * channels), lanes);
        T.StorePartial(offset, result + (3 * channels), lanes);
    }
}
