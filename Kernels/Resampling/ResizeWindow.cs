using System.Runtime.CompilerServices;

namespace KernelDiff.Kernels.Resampling;

/// <summary>
/// The input pixels that make one output pixel along one axis, with their weights. Positions are exact: they are integers in units of
/// half an input pixel divided by the output size. Every device computes windows with this code.
/// </summary>
/// <remarks>
/// With n input and m output pixels, the centres of output i and of input j are (2i + 1) · n and (2j + 1) · m in these units. Both linear
/// modes weigh j by a triangle around the output's centre, with a half-width of 2m (one input pixel) or, antialiased, of 2 · max(n, m),
/// divided by the sum of the weights. At the border that sum has one term, which repeats the border.
/// </remarks>
internal struct ResizeWindow
{
    private const int Nearest = (int)ResizeMode.Nearest;
    private const int NearestCenter = (int)ResizeMode.NearestCenter;
    private const int BilinearAntialiased = (int)ResizeMode.BilinearAntialiased;
    private const int Area = (int)ResizeMode.Area;

    public int First;
    public int End;

    /// <summary>Half-width of the triangle; 0 if all weights are equal.</summary>
    private int support;
    private int centre;
    private int spacing;
    private float scale;

    /// <summary>The input pixels of output pixel <paramref name="index"/>; there is at least one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ResizeWindow Of(int mode, int input, int output, int index)
    {
        ResizeWindow window;
        window.support = 0;
        window.centre = ((2 * index) + 1) * input;
        window.spacing = output;
        window.scale = 1f;
        if (mode == Nearest || mode == NearestCenter)
        {
            window.First = mode == Nearest ? index * input / output : window.centre / (2 * output);
            window.End = window.First + 1;
        }
        else if (mode == Area)
        {
            window.First = index * input / output;
            window.End = CeilingOfQuotient((index + 1) * input, output);
            window.scale = 1f / (window.End - window.First);
        }
        else
        {
            window.support = Support(mode, input, output);
            var range = Around(window.centre, window.support, output, input);
            window.First = range.First;
            window.End = range.End;

            // The distances are two arithmetic progressions, below and above the centre: the sum of the weights has a closed form.
            var split = CeilingOfQuotient(window.centre - output, 2 * output);
            split = split < range.First ? range.First : split > range.End ? range.End : split;
            var total = ((long)(range.End - range.First) * window.support)
                + SumOfOffsets(range.First, split, output, window.centre)
                - SumOfOffsets(split, range.End, output, window.centre);
            window.scale = 1f / total;
        }

        return window;
    }

    /// <summary>The output pixels whose windows contain input pixel <paramref name="index"/>; there may be none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PixelRange OutputsOf(int mode, int input, int output, int index)
    {
        PixelRange range;
        if (mode == Nearest)
        {
            range.First = CeilingOfQuotient(index * output, input);
            range.End = CeilingOfQuotient((index + 1) * output, input);
        }
        else if (mode == NearestCenter)
        {
            range.First = CeilingOfQuotient((2 * index * output) - input, 2 * input);
            range.End = CeilingOfQuotient((2 * (index + 1) * output) - input, 2 * input);
        }
        else if (mode == Area)
        {
            range.First = index * output / input;
            range.End = CeilingOfQuotient((index + 1) * output, input);
        }
        else
        {
            range = Around(((2 * index) + 1) * output, Support(mode, input, output), input, output);
        }

        return range;
    }

    /// <summary>The weight of an input pixel of the window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Weight(int pixel)
    {
        var offset = (((2 * pixel) + 1) * spacing) - centre;

        // The lower of two lines rather than an absolute value, for which compilers use an intrinsic that oclgrind lacks.
        var rising = support + offset;
        var falling = support - offset;
        return support == 0 ? scale : (rising < falling ? rising : falling) * scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Support(int mode, int input, int output) =>
        mode == BilinearAntialiased && input > output ? 2 * input : 2 * output;

    /// <summary>The pixels k of <paramref name="length"/> with |(2k + 1) · spacing - centre| below the support.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PixelRange Around(int centre, int support, int spacing, int length)
    {
        PixelRange range;
        var below = centre - support - spacing;
        range.First = below < 0 ? 0 : (below / (2 * spacing)) + 1;
        var end = CeilingOfQuotient(centre + support - spacing, 2 * spacing);
        range.End = end < length ? end : length;
        return range;
    }

    /// <summary>The sum of (2k + 1) · spacing - centre from <paramref name="first"/> to <paramref name="end"/> - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long SumOfOffsets(int first, int end, int spacing, int centre) =>
        (spacing * (((long)end * end) - ((long)first * first))) - ((long)(end - first) * centre);

    /// <summary>Zero for negative quotients. Adding divisor - 1 before dividing could overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CeilingOfQuotient(int dividend, int divisor) => dividend <= 0 ? 0 : ((dividend - 1) / divisor) + 1;
}
