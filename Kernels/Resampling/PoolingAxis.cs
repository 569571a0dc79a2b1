using System.Runtime.CompilerServices;

namespace KernelDiff.Kernels.Resampling;

/// <summary>The windows of a pooling along one axis. Every device computes them with this code.</summary>
internal struct PoolingAxis
{
    public int Input;
    public int Output;
    public int Kernel;
    public int Stride;
    public int Padding;

    public static PoolingAxis Rows(in PoolingShape shape) => new()
    {
        Input = shape.InputHeight,
        Output = shape.OutputHeight,
        Kernel = shape.KernelHeight,
        Stride = shape.StrideHeight,
        Padding = shape.PaddingHeight,
    };

    public static PoolingAxis Columns(in PoolingShape shape) => new()
    {
        Input = shape.InputWidth,
        Output = shape.OutputWidth,
        Kernel = shape.KernelWidth,
        Stride = shape.StrideWidth,
        Padding = shape.PaddingWidth,
    };

    /// <summary>The input pixels under window <paramref name="index"/>; there is at least one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly PixelRange Window(int index)
    {
        PixelRange range;
        var start = (index * Stride) - Padding;
        var end = start + Kernel;
        range.First = start < 0 ? 0 : start;
        range.End = end < Input ? end : Input;
        return range;
    }

    /// <summary>The pixels of window <paramref name="index"/> that count in its mean.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Count(int index, int countPadding)
    {
        var start = (index * Stride) - Padding;
        var border = countPadding != 0 ? Padding : 0;
        var first = start < -border ? -border : start;
        var end = start + Kernel;
        end = end < Input + border ? end : Input + border;
        return end - first;
    }

    /// <summary>The windows that contain input pixel <paramref name="index"/>; there may be none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly PixelRange WindowsOf(int index)
    {
        PixelRange range;
        var beyond = index + Padding - Kernel;
        range.First = beyond < 0 ? 0 : (beyond / Stride) + 1;
        var end = ((index + Padding) / Stride) + 1;
        range.End = end < Output ? end : Output;
        return range;
    }
}
