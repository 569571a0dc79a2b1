using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>The products of one plane: rows of transformed inputs by a panel of transformed weights, in strips as tall as a micro-kernel.</summary>
internal static unsafe class WinogradStrips
{
    /// <summary>to[rows, vectors · T.Width] (+)= from[rows, depth] · b[depth, vectors · T.Width].</summary>
    /// <param name="from">Rows of transformed inputs.</param>
    /// <param name="fromStride">Floats from one of them to the next.</param>
    /// <param name="rows">Tiles, at least one.</param>
    /// <param name="depth">Source channels.</param>
    /// <param name="b">A panel of transformed weights.</param>
    /// <param name="vectors">Vectors of the panel.</param>
    /// <param name="to">Rows of sums.</param>
    /// <param name="toStride">Floats from one of them to the next.</param>
    /// <param name="accumulate">Whether to add to what the sums hold.</param>
    /// <param name="pointers">Room for as many as the tallest micro-kernel has rows.</param>
    [MethodImpl(HotLoop.Options)]
    public static void Multiply<T>(
        float* from, long fromStride, int rows, int depth, float* b, int vectors, float* to, long toStride, bool accumulate, float** pointers)
        where T : unmanaged, ISimd<T>
    {
        // Longer rows are found by the processor itself.
        const int PrefetchedFloats = 64;

        var tallest = MicroKernels.MaximumRows<T>(vectors);
        var strips = (rows + tallest - 1) / tallest;
        var fewer = rows / strips;
        var kernelOfFewer = MicroKernels.Select<T>(fewer, vectors);
        var kernelOfMore = rows % strips == 0 ? kernelOfFewer : MicroKernels.Select<T>(fewer + 1, vectors);
        var prefetched = Math.Min(depth, PrefetchedFloats);
        var end = 0;
        for (var strip = 0; strip < strips; strip++)
        {
            var start = end;
            end = (int)((long)rows * (strip + 1) / strips);
            var count = end - start;
            for (var row = 0; row < count; row++, from += fromStride)
            {
                pointers[row] = from;
                Prefetch.Near(from + (count * fromStride), prefetched);
            }

            var kernel = count == fewer ? kernelOfFewer : kernelOfMore;
            kernel(pointers, 1, depth, b, vectors * T.Width, to, toStride, null, accumulate);
            to += count * toStride;
        }
    }
}
