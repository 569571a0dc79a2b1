using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// SIMD: mean and sum of squared deviations of each channel over the rows of a part of an image. Means are kept as offsets from the
/// image's first row, so that they are exact to fp32 however far the values lie from zero.
/// </summary>
/// <remarks>
/// Rows are summed in blocks that are shifted by their own first row, and blocks are merged by Chan's formula. The shift is a value of
/// the block, so the sum of squares exceeds the block's squared deviations at most by the factor of its number of rows: cancellation
/// costs seven bits at the very worst, whatever the data.
/// </remarks>
internal static unsafe class ChannelMoments<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>Rows that share a shift.</summary>
    private const int BlockRows = 128;

    /// <summary>Item i: part i % parts of image i / parts. Writes [image][part][offset of the mean, squared deviations][channel].</summary>
    public readonly struct Item(ChannelSplit split, float* input, float* moments) : IWorkItem
    {
        public void Run(int index)
        {
            var (image, part) = Math.DivRem(index, split.Count);
            var channels = split.Channels;
            var means = moments + (2L * channels * index);
            Accumulate(
                input + split.Start(image, part), split.RowsOf(part), channels, input + split.Start(image, 0), means, means + channels);
        }
    }

    /// <summary>Merges the parts of an image into the first one.</summary>
    [MethodImpl(HotLoop.Options)]
    public static void MergeParts(ChannelSplit split, float* moments)
    {
        var channels = split.Channels;
        for (var c = 0; c < channels; c += T.Width)
        {
            var lanes = Math.Min(T.Width, channels - c);
            var merged = new Moments(T.LoadPartial(moments + c, lanes), T.LoadPartial(moments + channels + c, lanes));
            var rows = split.RowsOf(0);
            for (var part = 1; part < split.Count; part++)
            {
                var next = moments + (2L * channels * part) + c;
                var more = split.RowsOf(part);
                merged = merged.Merge(rows, new Moments(T.LoadPartial(next, lanes), T.LoadPartial(next + channels, lanes)), more);
                rows += more;
            }

            T.StorePartial(merged.Mean, moments + c, lanes);
            T.StorePartial(merged.Deviations, moments + channels + c, lanes);
        }
    }

    [MethodImpl(HotLoop.Options)]
    private static void Accumulate(float* rows, int count, int channels, float* reference, float* means, float* deviations)
    {
        var c = 0;
        for (; c <= channels - (4 * T.Width); c += 4 * T.Width)
        {
            Moments m0 = default, m1 = default, m2 = default, m3 = default;
            for (var start = 0; start < count; start += BlockRows)
            {
                var block = Math.Min(BlockRows, count - start);
                var row = rows + ((long)start * channels) + c;
                var (k0, k1, k2, k3) = (T.Load(row), T.Load(row + T.Width), T.Load(row + (2 * T.Width)), T.Load(row + (3 * T.Width)));
                T s0 = T.Zero, s1 = T.Zero, s2 = T.Zero, s3 = T.Zero;
                T q0 = T.Zero, q1 = T.Zero, q2 = T.Zero, q3 = T.Zero;
                for (var i = 0; i < block; i++, row += channels)
                {
                    var d0 = T.Load(row) - k0;
                    var d1 = T.Load(row + T.Width) - k1;
                    var d2 = T.Load(row + (2 * T.Width)) - k2;
                    var d3 = T.Load(row + (3 * T.Width)) - k3;
                    s0 += d0;
                    s1 += d1;
                    s2 += d2;
                    s3 += d3;
                    q0 = T.MultiplyAdd(d0, d0, q0);
                    q1 = T.MultiplyAdd(d1, d1, q1);
                    q2 = T.MultiplyAdd(d2, d2, q2);
                    q3 = T.MultiplyAdd(d3, d3, q3);
                }

                m0 = m0.Merge(start, Moments.Of(s0, q0, block, k0 - T.Load(reference + c)), block);
                m1 = m1.Merge(start, Moments.Of(s1, q1, block, k1 - T.Load(reference + c + T.Width)), block);
                m2 = m2.Merge(start, Moments.Of(s2, q2, block, k2 - T.Load(reference + c + (2 * T.Width))), block);
                m3 = m3.Merge(start, Moments.Of(s3, q3, block, k3 - T.Load(reference + c + (3 * T.Width))), block);
            }

            T.Store(m0.Mean, means + c);
            T.Store(m1.Mean, means + c + T.Width);
            T.Store(m2.Mean, means + c + (2 * T.Width));
            T.Store(m3.Mean, means + c + (3 * T.Width));
            T.Store(m0.Deviations, deviations + c);
            T.Store(m1.Deviations, deviations + c + T.Width);
            T.Store(m2.Deviations, deviations + c + (2 * T.Width));
            T.Store(m3.Deviations, deviations + c + (3 * T.Width));
        }

        for (; c < channels; c += T.Width)
        {
            AccumulateOne(rows, count, channels, reference, means, deviations, c);
        }
    }

    /// <summary>The channels from <paramref name="c"/> on, at most a vector of them.</summary>
    [MethodImpl(HotLoop.Options)]
    private static void AccumulateOne(float* rows, int count, int channels, float* reference, float* means, float* deviations, int c)
    {
        var lanes = Math.Min(T.Width, channels - c);
        Moments moments = default;
        for (var start = 0; start < count; start += BlockRows)
        {
            var block = Math.Min(BlockRows, count - start);
            var row = rows + ((long)start * channels) + c;
            var shift = T.LoadPartial(row, lanes);
            T sum = T.Zero, squares = T.Zero;
            for (var i = 0; i < block; i++, row += channels)
            {
                var d = T.LoadPartial(row, lanes) - shift;
                sum += d;
                squares = T.MultiplyAdd(d, d, squares);
            }

            moments = moments.Merge(start, Moments.Of(sum, squares, block, shift - T.LoadPartial(reference + c, lanes)), block);
        }

        T.StorePartial(moments.Mean, means + c, lanes);
        T.StorePartial(moments.Deviations, deviations + c, lanes);
    }

    /// <summary>Mean and sum of squared deviations from it, lane by lane, of a number of values that all lanes share.</summary>
    private readonly struct Moments(T mean, T deviations)
    {
        public readonly T Mean = mean;

        public readonly T Deviations = deviations;

        /// <summary>From the sum and the sum of squares of differences from a shift, which lies <paramref name="offset"/> from the reference.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Moments Of(T sum, T squares, int count, T offset)
        {
            var mean = sum * T.Create(1f / count);
            return new Moments(offset + mean, T.Max(T.Zero, T.NegatedMultiplyAdd(mean, sum, squares)));
        }

        /// <summary>Chan, Golub and LeVeque (1979). <paramref name="count"/> may be zero.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Moments Merge(int count, Moments other, int otherCount)
        {
            var part = (float)otherCount / (count + otherCount);
            var difference = other.Mean - Mean;
            return new Moments(
                T.MultiplyAdd(difference, T.Create(part), Mean),
                T.MultiplyAdd(difference * difference, T.Create(count * part), Deviations + other.Deviations));
        }
    }
}
