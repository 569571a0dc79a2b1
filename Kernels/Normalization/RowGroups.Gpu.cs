using ILGPU;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// Groups of threads that reduce rows: the threads along x share a row, those along y take different rows. Sizes are powers of two, as
/// a tree needs them.
/// </summary>
internal static class RowGroups
{
    /// <summary>Threads of a group.</summary>
    public const int Size = 256;

    /// <summary>Elements that a thread should have at least, where a row can be shared at all.</summary>
    private const int ElementsPerThread = 4;

    /// <summary>The shape of a group for rows of <paramref name="columns"/> elements.</summary>
    public static Index3D For(int columns)
    {
        var lanes = 1;
        while (lanes < Size && lanes * ElementsPerThread < columns)
        {
            lanes *= 2;
        }

        return new Index3D(lanes, Size / lanes, 1);
    }

    /// <summary>The grid that covers <paramref name="rows"/> rows with groups of shape <paramref name="group"/>.</summary>
    public static Index3D Grid(int rows, Index3D group) => new((rows + group.Y - 1) / group.Y, 1, 1);
}
