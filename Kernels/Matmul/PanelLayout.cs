using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// How the columns of B are cut into panels, each as wide as a tile of C: vectors are dealt out evenly, so that no panel is much
/// narrower than the others (wide tiles use the multipliers best), and only the last one may reach beyond the matrix.
/// </summary>
internal readonly struct PanelLayout
{
    private readonly int vectors;

    /// <param name="columns">Columns of B.</param>
    /// <param name="lanes">Floats per vector.</param>
    /// <param name="maximumVectors">Vectors of the widest tile.</param>
    public PanelLayout(int columns, int lanes, int maximumVectors)
    {
        Columns = columns;
        Lanes = lanes;
        vectors = CeilingDivide(columns, lanes);
        Panels = CeilingDivide(vectors, maximumVectors);
    }

    /// <summary>The layout for tiles of vectors of type <typeparamref name="T"/>.</summary>
    public static PanelLayout Create<T>(int columns)
        where T : unmanaged, ISimd<T> =>
        new(columns, T.Width, MicroKernels.MaximumVectors<T>());

    public int Columns { get; }

    public int Lanes { get; }

    public int Panels { get; }

    /// <summary>Columns with the padding of the last vector.</summary>
    public int PaddedColumns => vectors * Lanes;

    /// <summary>Vectors of a panel.</summary>
    public int Vectors(int panel) => FirstVector(panel + 1) - FirstVector(panel);

    /// <summary>Columns of a panel with padding: floats per row of it when packed.</summary>
    public int Width(int panel) => Vectors(panel) * Lanes;

    /// <summary>First column of a panel.</summary>
    public int Column(int panel) => FirstVector(panel) * Lanes;

    /// <summary>Columns of a panel without padding.</summary>
    public int ColumnsIn(int panel) => Math.Min(Width(panel), Columns - Column(panel));

    /// <summary>Where a panel starts among packed panels of <paramref name="depth"/> rows, in floats.</summary>
    public long PackedOffset(int panel, int depth) => (long)Column(panel) * depth;

    private int FirstVector(int panel) => (int)((long)vectors * panel / Panels);

    private static int CeilingDivide(int dividend, int divisor) => (int)(((long)dividend + divisor - 1) / divisor);
}
