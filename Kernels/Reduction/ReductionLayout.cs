using System.Numerics;

namespace KernelDiff.Kernels.Reduction;

/// <summary>
/// How groups of threads share [outer][reduced][inner]: a group is a block of outer indices x slices x columns, columns fastest, so
/// that neighbouring threads read neighbouring elements; the slices of a column are merged by a tree. A long axis is cut in parts whose
/// results are reduced again.
/// </summary>
/// <remarks>
/// Parts, slices and columns follow from the sizes of one outer index alone: its result has the same bits in any batch.
/// </remarks>
internal struct ReductionLayout
{
    /// <summary>Threads of the largest group.</summary>
    public const int MaximumGroup = 256;

    /// <summary>Columns that a warp should read together before threads are spent on slices.</summary>
    private const int WarpColumns = 32;

    /// <summary>Elements that make another slice worth a step of the tree.</summary>
    private const int RowsPerSlice = 4;

    /// <summary>The most elements that a thread takes one after the other: short chains keep both threads and digits.</summary>
    private const int RowsPerThread = 32;

    public int Outer;
    public int Reduced;
    public int Inner;

    /// <summary>Elements along the reduced axis of a part; the last part may have fewer.</summary>
    public int PartRows;
    public int Parts;

    /// <summary>Of a group, a power of two.</summary>
    public int Columns;

    /// <summary>Of a group, a power of two.</summary>
    public int Slices;

    /// <summary>Outer indices of a group.</summary>
    public int Outers;

    /// <summary>Blocks of columns.</summary>
    public int Tiles;

    public readonly int GroupSize => Columns * Slices * Outers;

    public readonly int Groups => (Outer + Outers - 1) / Outers * Parts * Tiles;

    /// <summary>Elements of the results of all parts.</summary>
    public readonly int PartialResults => Check.Elements(Outer, Parts, Inner);

    public static ReductionLayout Of(int outer, int reduced, int inner)
    {
        var columns = PowerOfTwo(Math.Min(inner, MaximumGroup));
        var wanted = PowerOfTwo(Math.Min(MaximumGroup, (reduced / RowsPerSlice) + 1));
        var slices = Math.Min(wanted, MaximumGroup / Math.Min(columns, WarpColumns));
        columns = Math.Min(columns, MaximumGroup / slices);
        var partRows = slices * RowsPerThread;
        return new ReductionLayout
        {
            Outer = outer,
            Reduced = reduced,
            Inner = inner,
            PartRows = partRows,
            Parts = Math.Max(1, (int)(((long)reduced + partRows - 1) / partRows)),
            Columns = columns,
            Slices = slices,
            Outers = Math.Min(MaximumGroup / (columns * slices), PowerOfTwo(Math.Min(outer, MaximumGroup))),
            Tiles = ((inner - 1) / columns) + 1,
        };
    }

    /// <summary>The layout that reduces the results of this one's parts.</summary>
    public readonly ReductionLayout OfParts() => Of(Outer, Parts, Inner);

    private static int PowerOfTwo(int atLeast) => (int)BitOperations.RoundUpToPowerOf2((uint)atLeast);
}
