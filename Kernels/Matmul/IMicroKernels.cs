namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// The innermost loops of matrix products and convolutions for one vector width: a tile of C of a few rows by one to three vectors,
/// held in registers while k runs.
/// </summary>
/// <remarks>
/// Every kernel computes an element of C as the same chain of multiply-adds in the order of k, starting from the bias, from zero or from
/// what C holds. So an element has the same bits whatever tile it falls into, whether B is packed, and wherever k is cut into calls
/// that accumulate.
/// </remarks>
internal unsafe interface IMicroKernels
{
    /// <summary>Floats per vector.</summary>
    static abstract int Lanes { get; }

    /// <summary>Rows of the tallest tile.</summary>
    static abstract int MaximumRows { get; }

    /// <summary>Vectors per row of the widest tile.</summary>
    static abstract int MaximumVectors { get; }

    /// <summary>
    /// The kernel for C[rows, vectors · Lanes] (+)= sum over taps t and k of A[t][row][k] · B[t · depth + k][column].
    /// </summary>
    /// <remarks>
    /// Its parameters are, in order:
    /// a: taps · rows pointers, tap by tap, each to <c>depth</c> contiguous floats: one tap is a matrix product, the nine taps of a 3x3
    /// convolution point into its input;
    /// taps: at least 1;
    /// depth: terms per tap;
    /// b: taps · depth rows of B, each of vectors · Lanes floats, and the distance in floats between them (packed: exactly that many);
    /// c: the tile, and the distance in floats between its rows;
    /// bias: vectors · Lanes floats that every row starts from, or null for zero;
    /// accumulate: start from what C holds instead.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tile.</exception>
    static abstract delegate*<float**, long, long, float*, long, float*, long, float*, bool, void> Select(int rows, int vectors);

    /// <summary>
    /// The kernel for C[rows, vectors · Lanes] (+)= sum over k of A[k][offset + row] · B[k][column]: A is read down its columns, as
    /// weight gradients need it.
    /// </summary>
    /// <remarks>
    /// Its parameters are, in order: a: depth pointers to rows of A; offset: the first column of A to use; depth; b and the distance in
    /// floats between its rows; c and the distance between its rows; accumulate: start from what C holds, not from zero.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tile.</exception>
    static abstract delegate*<float**, long, long, float*, long, float*, long, bool, void> SelectTransposed(int rows, int vectors);
}
