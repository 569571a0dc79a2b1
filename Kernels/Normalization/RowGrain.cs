namespace KernelDiff.Kernels.Normalization;

/// <summary>How rows that are independent of one another are handed to the workers of a CPU.</summary>
internal static class RowGrain
{
    private const int Elements = 16384;

    /// <summary>Rows of a work item: a few microseconds of work.</summary>
    public static int For(int columns) => Math.Max(1, Elements / columns);
}
