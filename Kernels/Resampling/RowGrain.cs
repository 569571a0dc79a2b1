namespace KernelDiff.Kernels.Resampling;

internal static class RowGrain
{
    private const int Elements = 16384;

    /// <summary>Rows of one work item of a SIMD twin, by shape alone.</summary>
    public static long Of(int width, int channels) => Math.Max(1, Elements / ((long)width * channels));
}
