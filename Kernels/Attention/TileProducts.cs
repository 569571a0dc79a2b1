using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>Products of a few rows with packed panels, tile by tile.</summary>
internal static unsafe class TileProducts<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>c[rows, columns] (+)= a[rows, depth] · b[depth, columns].</summary>
    /// <param name="a">Rows of <paramref name="depth"/> floats, <paramref name="aStride"/> apart.</param>
    /// <param name="aStride">Floats from one row of a to the next.</param>
    /// <param name="rows">At most the rows of the tallest tile.</param>
    /// <param name="depth">Terms of each sum.</param>
    /// <param name="b">Packed panels.</param>
    /// <param name="columns">Columns of b and c; c is written up to the end of the last vector.</param>
    /// <param name="c">Rows of the result.</param>
    /// <param name="cStride">Floats from one row of c to the next.</param>
    /// <param name="accumulate">Adds to what c holds.</param>
    public static void Multiply(
        float* a, long aStride, int rows, int depth, float* b, PanelLayout columns, float* c, long cStride, bool accumulate)
    {
        var pointers = stackalloc float*[rows];
        for (var i = 0; i < rows; i++)
        {
            pointers[i] = a + (i * aStride);
        }

        for (var panel = 0; panel < columns.Panels; panel++)
        {
            MicroKernels.Select<T>(rows, columns.Vectors(panel))(
                pointers,
                1,
                depth,
                b + columns.PackedOffset(panel, depth),
                columns.Width(panel),
                c + columns.Column(panel),
                cStride,
                null,
                accumulate);
        }
    }

    /// <summary>c[rows, columns] += aᵀ · b[depth, columns].</summary>
    /// <param name="a">Rows of <paramref name="rows"/> floats, <paramref name="aStride"/> apart: it is read down its columns.</param>
    /// <param name="aStride">Floats from one row of a to the next.</param>
    /// <param name="rows">Columns of a, rows of c.</param>
    /// <param name="depth">Terms of each sum, at most the queries of a block.</param>
    /// <param name="b">Packed panels.</param>
    /// <param name="columns">Columns of b and c; c is written up to the end of the last vector.</param>
    /// <param name="c">Rows of the result.</param>
    /// <param name="cStride">Floats from one row of c to the next.</param>
    public static void AddTransposed(
        float* a, long aStride, int rows, int depth, float* b, PanelLayout columns, float* c, long cStride)
    {
        var pointers = stackalloc float*[AttentionBlocking.Queries];
        for (var k = 0; k < depth; k++)
        {
            pointers[k] = a + (k * aStride);
        }

        var tallest = MicroKernels.MaximumRows<T>();
        for (var row = 0; row < rows; row += tallest)
        {
            var height = Math.Min(tallest, rows - row);
            for (var panel = 0; panel < columns.Panels; panel++)
            {
                MicroKernels.SelectTransposed<T>(height, columns.Vectors(panel))(
                    pointers,
                    row,
                    depth,
                    b + columns.PackedOffset(panel, depth),
                    columns.Width(panel),
                    c + (row * cStride) + columns.Column(panel),
                    cStride,
                    true);
            }
        }
    }
}
