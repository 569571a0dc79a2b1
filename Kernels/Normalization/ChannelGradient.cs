using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// The coefficients per channel of an image from which the passes of a backward normalisation work: center, factor and offset of the
/// forward pass, then those of inputGradient = gain · g + slope · (input - center) + constant, where the constant is the sum of two
/// floats: rounded to one, it would give all pixels the same error.
/// </summary>
internal static class ChannelGradient
{
    public const int Coefficients = 7;
}

/// <summary>
/// SIMD: inputGradient = gain · g + slope · (input - center) + constant, with
/// g = outputGradient · f'((input - center) · factor + offset).
/// </summary>
internal static unsafe class ChannelGradient<T, TFunction>
    where T : unmanaged, ISimd<T>
    where TFunction : INormalizedFunction
{
    /// <summary>Item i: part i % parts of image i / parts. Does nothing where the input gradient is null.</summary>
    public readonly struct Item(ChannelSplit split, float* input, float* outputGradient, float* coefficients, float* inputGradient)
        : IWorkItem
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            if (inputGradient == null)
            {
                return;
            }

            var (image, part) = Math.DivRem(index, split.Count);
            var channels = split.Channels;
            var center = coefficients + ((long)ChannelGradient.Coefficients * channels * image);
            var start = split.Start(image, part);
            var rows = split.RowsOf(part);
            for (var row = 0; row < rows; row += 4)
            {
                var offset = start + ((long)row * channels);
                Rows(Math.Min(4, rows - row), input + offset, outputGradient + offset, inputGradient + offset, channels, center);
            }
        }
    }

    /// <summary>A few rows for one load of the coefficients.</summary>
    [MethodImpl(HotLoop.Options)]
    private static void Rows(int rows, float* x, float* dy, float* dx, int channels, float* center)
    {
        var c = 0;
        for (; c <= channels - T.Width; c += T.Width)
        {
            var k = T.Load(center + c);
            var f = T.Load(center + channels + c);
            var o = T.Load(center + (2 * channels) + c);
            var gain = T.Load(center + (3 * channels) + c);
            var slope = T.Load(center + (4 * channels) + c);
            var constant = T.Load(center + (5 * channels) + c);
            var rest = T.Load(center + (6 * channels) + c);
            var i = c;
            for (var row = 0; row < rows; row++, i += channels)
            {
                T.Store(Apply(T.Load(x + i), T.Load(dy + i), k, f, o, gain, slope, constant, rest), dx + i);
            }
        }

        if (c < channels)
        {
            var lanes = channels - c;
            var k = T.LoadPartial(center + c, lanes);
            var f = T.LoadPartial(center + channels + c, lanes);
            var o = T.LoadPartial(center + (2 * channels) + c, lanes);
            var gain = T.LoadPartial(center + (3 * channels) + c, lanes);
            var slope = T.LoadPartial(center + (4 * channels) + c, lanes);
            var constant = T.LoadPartial(center + (5 * channels) + c, lanes);
            var rest = T.LoadPartial(center + (6 * channels) + c, lanes);
            var i = c;
            for (var row = 0; row < rows; row++, i += channels)
            {
                var value = Apply(T.LoadPartial(x + i, lanes), T.LoadPartial(dy + i, lanes), k, f, o, gain, slope, constant, rest);
                T.StorePartial(value, dx + i, lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Apply(T x, T dy, T center, T factor, T offset, T gain, T slope, T constant, T rest)
    {
        var d = x - center;
        var g = dy * TFunction.Derivative(T.MultiplyAdd(d, factor, offset));

        // In this order every rounding has the values of a pixel below its last place: none goes the same way for all pixels.
        return T.MultiplyAdd(gain, g, T.MultiplyAdd(slope, d, rest) + constant);
    }
}
