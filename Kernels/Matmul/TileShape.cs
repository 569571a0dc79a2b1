using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>The largest tile that a product is cut into.</summary>
/// <param name="Rows">Rows at most.</param>
/// <param name="Vectors">Vectors per row at most: the widest panel of B.</param>
internal readonly record struct TileShape(int Rows, int Vectors)
{
    // The wide tile must save this part of what tiles load: 1 / 50.
    private const int WorthwhilePart = 50;

    /// <summary>The tile for products of which nothing is known, and the only one for those with a transposed A.</summary>
    public static TileShape Tall<T>()
        where T : unmanaged, ISimd<T> => new(MicroKernels.MaximumRows<T>(), MicroKernels.MaximumVectors<T>());

    /// <summary>
    /// The tile with which a product loads the least. Both tiles multiply equally often, so what they load decides: with AVX-512 wide tiles
    /// are up to a tenth faster, most of all where the columns are a multiple of four vectors, but tall ones for few rows.
    /// </summary>
    /// <remarks>
    /// A last panel that reaches beyond the matrix adds its bias otherwise than the others. Which columns lie in it may not follow from the
    /// number of rows: then there are tall tiles only.
    /// </remarks>
    /// <param name="rows">Rows of the product.</param>
    /// <param name="columns">Columns of the product.</param>
    public static TileShape For<T>(int rows, int columns)
        where T : unmanaged, ISimd<T>
    {
        var tall = Tall<T>();
        if (columns % T.Width != 0)
        {
            return tall;
        }

        var widest = MicroKernels.WidestVectors<T>();
        var wide = new TileShape(MicroKernels.MaximumRows<T>(widest), widest);
        var vectors = columns / T.Width;
        var saved = tall.Loads(rows, vectors) - wide.Loads(rows, vectors);
        return WorthwhilePart * saved > tall.Loads(rows, vectors) ? wide : tall;
    }

    /// <summary>Loads per term, in halves of an element of A: a vector of B counts three, because it comes from farther away.</summary>
    private long Loads(int rows, int vectors) =>
        (2L * rows * CeilingDivide(vectors, Vectors)) + (3L * vectors * CeilingDivide(rows, Rows));

    private static int CeilingDivide(int dividend, int divisor) => (dividend + divisor - 1) / divisor;
}
