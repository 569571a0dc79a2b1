namespace KernelDiff.Kernels.Pointwise;

internal static class Elementwise
{
    /// <summary>Elements of one work item: a few microseconds of streaming, and a multiple of every vector width.</summary>
    public const int Grain = 16384;
}
