using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>Products with one panel of any number of rows, which are dealt out to tiles of nearly the same height.</summary>
/// <param name="vectors">Vectors per row of the panel and of the result; neither has gaps between its rows.</param>
internal readonly unsafe struct PanelProducts<T>(int vectors)
    where T : unmanaged, ISimd<T>
{
    /// <summary>Floats per row of the panel and of the result.</summary>
    public int Lanes => vectors * T.Width;

    /// <summary>c[rows, lanes] (+)= a[rows, depth] · b[depth, lanes].</summary>
    public void Multiply(float* a, long aStride, int rows, int depth, float* b, float* c, bool accumulate)
    {
        var tallest = MicroKernels.MaximumRows<T>(vectors);
        var pointers = stackalloc float*[tallest];
        for (int row = 0, height; row < rows; row += height)
        {
            height = NextHeight(rows - row, tallest);
            for (var i = 0; i < height; i++)
            {
                pointers[i] = a + ((row + i) * aStride);
            }

            MicroKernels.Select<T>(height, vectors)(
                pointers, 1, depth, b, Lanes, c + ((long)row * Lanes), Lanes, null, accumulate);
        }
    }

    /// <summary>c[rows, lanes] (+)= aᵀ · b[depth, lanes], where a has <paramref name="depth"/> rows.</summary>
    public void MultiplyTransposed(float* a, long aStride, int rows, int depth, float* b, float* c, bool accumulate)
    {
        var tallest = MicroKernels.MaximumRows<T>(vectors);
        var pointers = stackalloc float*[depth];
        for (var k = 0; k < depth; k++)
        {
            pointers[k] = a + (k * aStride);
        }

        for (int row = 0, height; row < rows; row += height)
        {
            height = NextHeight(rows - row, tallest);
            MicroKernels.SelectTransposed<T>(height, vectors)(
                pointers, row, depth, b, Lanes, c + ((long)row * Lanes), Lanes, accumulate);
        }
    }

    private static int NextHeight(int rows, int tallest) =>
        AttentionBlocking.CeilingDivide(rows, AttentionBlocking.CeilingDivide(rows, tallest));
}
