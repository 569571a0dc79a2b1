namespace KernelDiff.Kernels.Reduction;

/// <summary>What the contracts of this family check alike.</summary>
internal static class ReductionCheck
{
    /// <exception cref="ArgumentException">A size is not positive: an empty axis has no maximum and no mean.</exception>
    public static void Positive(int outer, int reduced, int inner)
    {
        Check.Positive("outer", outer);
        Check.Positive("reduced", reduced);
        Check.Positive("inner", inner);
    }
}
