using System.Numerics;

namespace KernelDiff.Kernels.Reduction;

/// <summary>How groups of threads share rows: as many threads to a row as its width keeps busy, several rows to a group of narrow ones.</summary>
internal struct RowGroups
{
    /// <summary>Threads of the largest group.</summary>
    public const int MaximumGroup = 256;

    /// <summary>Elements that make another thread worth a step of the tree.</summary>
    private const int ElementsPerThread = 4;

    public int Rows;
    public int Columns;

    /// <summary>Threads to a row, a power of two.</summary>
    public int Threads;

    /// <summary>Rows to a group.</summary>
    public int RowsPerGroup;

    public readonly int GroupSize => Threads * RowsPerGroup;

    public readonly int Groups => ((Rows - 1) / RowsPerGroup) + 1;

    /// <summary>The threads to a row follow from its width alone, so that its bits do not depend on the number of rows.</summary>
    public static RowGroups Of(int rows, int columns)
    {
        var threads = PowerOfTwo(Math.Min(MaximumGroup, ((columns - 1) / ElementsPerThread) + 1));
        return new RowGroups
        {
            Rows = rows,
            Columns = columns,
            Threads = threads,
            RowsPerGroup = Math.Min(MaximumGroup / threads, PowerOfTwo(Math.Min(rows, MaximumGroup))),
        };
    }

    private static int PowerOfTwo(int atLeast) => (int)BitOperations.RoundUpToPowerOf2((uint)atLeast);
}
