using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// The innermost loops of matrix products and convolutions: a tile of C of a few rows by a few vectors of type T, held in registers
/// while k runs. The code itself is generated, one file per vector width.
/// </summary>
/// <remarks>
/// Every kernel computes an element of C as the same chain of multiply-adds in the order of k, starting from the bias, from zero or from
/// what C holds. So an element has the same bits whatever tile it falls into, whether B is packed, and wherever k is cut into calls
/// that accumulate.
/// </remarks>
internal static unsafe class MicroKernels
{
    /// <summary>Rows of the tallest tile.</summary>
    public static int MaximumRows<T>()
        where T : unmanaged, ISimd<T> =>
        typeof(T) == typeof(Float512) ? MicroKernels512.MaximumRows
        : typeof(T) == typeof(Float256) ? MicroKernels256.MaximumRows
        : MicroKernels128.MaximumRows;

    /// <summary>Rows of the tallest tile of so many vectors.</summary>
    public static int MaximumRows<T>(int vectors)
        where T : unmanaged, ISimd<T> =>
        vectors <= MaximumVectors<T>() ? MaximumRows<T>()
        : typeof(T) == typeof(Float512) ? MicroKernels512.WideRows
        : typeof(T) == typeof(Float256) ? MicroKernels256.WideRows
        : MicroKernels128.WideRows;

    /// <summary>Vectors per row of any tile at most: those of the wide tiles, where there are some.</summary>
    public static int WidestVectors<T>()
        where T : unmanaged, ISimd<T> =>
        typeof(T) == typeof(Float512) ? MicroKernels512.WidestVectors
        : typeof(T) == typeof(Float256) ? MicroKernels256.WidestVectors
        : MicroKernels128.WidestVectors;

    /// <summary>Vectors per row of the widest tile of <see cref="MaximumRows{T}()"/> rows.</summary>
    public static int MaximumVectors<T>()
        where T : unmanaged, ISimd<T> =>
        typeof(T) == typeof(Float512) ? MicroKernels512.MaximumVectors
        : typeof(T) == typeof(Float256) ? MicroKernels256.MaximumVectors
        : MicroKernels128.MaximumVectors;

    /// <summary>
    /// The kernel for C[rows, vectors · T.Width] (+)= sum over taps t and k of A[t][row][k] · B[t · depth + k][column].
    /// </summary>
    /// <remarks>
    /// Its parameters are, in order:
    /// <list type="bullet">
    /// <item>a: taps · rows pointers, tap by tap, each to <c>depth</c> contiguous floats. One tap is a matrix product; the nine taps of
    /// a 3x3 convolution point into its input;</item>
    /// <item>taps: at least 1;</item>
    /// <item>depth: terms per tap;</item>
    /// <item>b: taps · depth rows of B, each of vectors · T.Width floats, and the distance in floats from one to the next (in a packed
    /// panel exactly that many);</item>
    /// <item>c: the tile, and the distance in floats between its rows;</item>
    /// <item>bias: vectors · T.Width floats that every row starts from, or null for zero;</item>
    /// <item>accumulate: start from what C holds instead.</item>
    /// </list>
    /// </remarks>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="vectors">Vectors of a row.</param>
    /// <param name="isFar">
    /// Whether B comes from memory or the last-level cache: then its rows are fetched ahead of their use. Where they lie near, that would
    /// take more time than it saves.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tile.</exception>
    public static delegate*<float**, long, long, float*, long, float*, long, float*, bool, void> Select<T>(
        int rows, int vectors, bool isFar = false)
        where T : unmanaged, ISimd<T> =>
        typeof(T) == typeof(Float512) ? (isFar ? MicroKernels512.SelectFetching(rows, vectors) : MicroKernels512.Select(rows, vectors))
        : typeof(T) == typeof(Float256) ? (isFar ? MicroKernels256.SelectFetching(rows, vectors) : MicroKernels256.Select(rows, vectors))
        : MicroKernels128.Select(rows, vectors);

    /// <summary>
    /// The kernel for C[rows, vectors · T.Width] (+)= sum over k of A[k][offset + row] · B[k][column]: A is read down its columns, as
    /// weight gradients need it.
    /// </summary>
    /// <remarks>
    /// Its parameters are, in order: a: depth pointers to rows of A; offset: the first column of A to use; depth; b and the distance in
    /// floats between its rows; c and the distance between its rows; accumulate: start from what C holds, not from zero.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tile.</exception>
    public static delegate*<float**, long, long, float*, long, float*, long, bool, void> SelectTransposed<T>(int rows, int vectors)
        where T : unmanaged, ISimd<T> =>
        typeof(T) == typeof(Float512) ? MicroKernels512.SelectTransposed(rows, vectors)
        : typeof(T) == typeof(Float256) ? MicroKernels256.SelectTransposed(rows, vectors)
        : MicroKernels128.SelectTransposed(rows, vectors);
}
