using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// Copies a block of B into a panel: rows of <c>width</c> floats, one after the other, columns beyond the matrix zero, so that a
/// micro-kernel reads memory straight through.
/// </summary>
internal static unsafe class PanelPacking
{
    /// <summary>Packs rows k to k + depth of a panel of op(B).</summary>
    public static void Pack<T>(
        float* b, long stride, bool transposed, in PanelLayout layout, int panel, int k, int depth, float* destination)
        where T : unmanaged, ISimd<T>
    {
        var column = layout.Column(panel);
        if (transposed)
        {
            PackColumns<T>(b + (column * stride) + k, stride, depth, layout.ColumnsIn(panel), destination, layout.Width(panel));
        }
        else
        {
            PackRows<T>(b + (k * stride) + column, stride, depth, layout.ColumnsIn(panel), destination, layout.Width(panel));
        }
    }

    /// <summary>Packs B[0..depth, 0..columns] of a matrix that is stored row by row.</summary>
    /// <param name="source">The block's first element.</param>
    /// <param name="stride">Floats from one row of the matrix to the next.</param>
    /// <param name="depth">Rows of the block.</param>
    /// <param name="columns">Columns of the block, at most <paramref name="width"/>.</param>
    /// <param name="panel">Receives depth · width floats.</param>
    /// <param name="width">Columns of the panel, a multiple of the vector's lanes.</param>
    [MethodImpl(HotLoop.Options)]
    public static void PackRows<T>(float* source, long stride, int depth, int columns, float* panel, int width)
        where T : unmanaged, ISimd<T>
    {
        for (var k = 0; k < depth; k++, source += stride, panel += width)
        {
            var column = 0;
            for (; column <= columns - T.Width; column += T.Width)
            {
                T.Store(T.Load(source + column), panel + column);
            }

            for (; column < width; column += T.Width)
            {
                T.Store(T.LoadPartial(source + column, Math.Max(0, columns - column)), panel + column);
            }
        }
    }

    /// <summary>
    /// As <see cref="PackRows{T}"/> for a matrix that is stored column by column: element (k, column) lies at
    /// column · <paramref name="stride"/> + k.
    /// </summary>
    [MethodImpl(HotLoop.Options)]
    public static void PackColumns<T>(float* source, long stride, int depth, int columns, float* panel, int width)
        where T : unmanaged, ISimd<T>
    {
        var column = 0;
        for (; column <= columns - T.Width; column += T.Width)
        {
            var from = source + (column * stride);
            var to = panel + column;
            var k = 0;
            for (; k <= depth - T.Width; k += T.Width)
            {
                T.TransposeBlock(from + k, stride, to + ((long)k * width), width);
            }

            for (; k < depth; k++)
            {
                for (var j = 0; j < T.Width; j++)
                {
                    to[((long)k * width) + j] = from[(j * stride) + k];
                }
            }
        }

        for (; column < width; column++)
        {
            var from = source + (column * stride);
            for (var k = 0; k < depth; k++)
            {
                panel[((long)k * width) + column] = column < columns ? from[k] : 0;
            }
        }
    }
}
