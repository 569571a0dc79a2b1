using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// SIMD: output = f((input - center) · factor + offset) with the three coefficients of each channel of an image, which are
/// [image][center, factor, offset][channel].
/// </summary>
internal static unsafe class ChannelAffine<T, TFunction>
    where T : unmanaged, ISimd<T>
    where TFunction : INormalizedFunction
{
    /// <summary>Item i: part i % parts of image i / parts.</summary>
    public readonly struct Item(ChannelSplit split, float* input, float* coefficients, float* output) : IWorkItem
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            var (image, part) = Math.DivRem(index, split.Count);
            var channels = split.Channels;
            var center = coefficients + (3L * channels * image);
            var start = split.Start(image, part);
            var from = input + start;
            var to = output + start;
            var rows = split.RowsOf(part);

            // Four rows for one load of the coefficients.
            for (; rows >= 4; rows -= 4, from += 4 * channels, to += 4 * channels)
            {
                FourRows(from, to, channels, center);
            }

            for (; rows > 0; rows--, from += channels, to += channels)
            {
                for (var c = 0; c < channels; c += T.Width)
                {
                    var lanes = Math.Min(T.Width, channels - c);
                    var k = T.LoadPartial(center + c, lanes);
                    var f = T.LoadPartial(center + channels + c, lanes);
                    var o = T.LoadPartial(center + (2 * channels) + c, lanes);
                    T.StorePartial(Apply(T.LoadPartial(from + c, lanes), k, f, o), to + c, lanes);
                }
            }
        }
    }

    [MethodImpl(HotLoop.Options)]
    private static void FourRows(float* from, float* to, int channels, float* center)
    {
        var c = 0;
        for (; c <= channels - T.Width; c += T.Width)
        {
            var k = T.Load(center + c);
            var f = T.Load(center + channels + c);
            var o = T.Load(center + (2 * channels) + c);
            var x = from + c;
            var y = to + c;
            T.Store(Apply(T.Load(x), k, f, o), y);
            T.Store(Apply(T.Load(x + channels), k, f, o), y + channels);
            T.Store(Apply(T.Load(x + (2 * channels)), k, f, o), y + (2 * channels));
            T.Store(Apply(T.Load(x + (3 * channels)), k, f, o), y + (3 * channels));
        }

        if (c < channels)
        {
            var lanes = channels - c;
            var k = T.LoadPartial(center + c, lanes);
            var f = T.LoadPartial(center + channels + c, lanes);
            var o = T.LoadPartial(center + (2 * channels) + c, lanes);
            for (var row = 0; row < 4; row++)
            {
                T.StorePartial(Apply(T.LoadPartial(from + (row * channels) + c, lanes), k, f, o), to + (row * channels) + c, lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Apply(T x, T center, T factor, T offset) => TFunction.Forward(T.MultiplyAdd(x - center, factor, offset));
}
