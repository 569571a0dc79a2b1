namespace KernelDiff.Kernels.Generator;

/// <summary>A vector width, and the tile of C that fits its registers.</summary>
/// <param name="Bits">Bits per vector.</param>
/// <param name="Rows">Rows of the largest tile.</param>
/// <param name="Vectors">Vectors per row of the largest tile.</param>
/// <param name="WidestVectors">Vectors per row of the widest tile.</param>
/// <param name="WideRows">Rows of the tallest tile of more than <paramref name="Vectors"/> vectors.</param>
/// <remarks>
/// A tile of R rows and V vectors needs R·V accumulators, V registers for the row of B and one for the broadcast element of A. AVX-512
/// and NEON have 32 vector registers, AVX2 and SSE 16. Pointers to more than eight rows would not fit the general registers. Enough
/// accumulators to hide the latency of two fused multiply-adds per cycle (eight to ten) matter most; above that, all tiles that fit
/// came within 2 % of each other on AMD Zen 5. On Intel's Emerald Rapids a tile of 6 rows and 4 vectors is 3 % faster than one of 8 and 3.
/// </remarks>
public sealed record MicroKernelTarget(int Bits, int Rows, int Vectors, int WidestVectors, int WideRows)
{
    public static IReadOnlyList<MicroKernelTarget> All { get; } =
    [
        new MicroKernelTarget(128, Rows: 6, Vectors: 2, WidestVectors: 2, WideRows: 6),
        new MicroKernelTarget(256, Rows: 6, Vectors: 2, WidestVectors: 2, WideRows: 6),
        new MicroKernelTarget(512, Rows: 8, Vectors: 3, WidestVectors: 4, WideRows: 6),
    ];

    public int Lanes => Bits / 32;

    /// <summary>NEON's and SSE's narrow rows are reached by the hardware's prefetcher in time.</summary>
    public bool HasPrefetch => Bits > 128;

    /// <summary>Rows of the tallest tile of so many vectors.</summary>
    public int RowsOf(int vectors) => vectors > Vectors ? WideRows : Rows;

    /// <summary>The runtime's class of vectors of this width.</summary>
    public string Vector => $"Vector{Bits}";
}
