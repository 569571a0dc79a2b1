namespace KernelDiff.Kernels.Reduction;

/// <summary>What becomes of a sum when it is complete.</summary>
internal struct SumFinish
{
    /// <summary>Factor of the sum.</summary>
    public float Scale;

    /// <summary>Not zero where the output holds something to add to; a number, as kernels take no booleans.</summary>
    public int Accumulate;

    /// <summary>Not zero where the square root is wanted.</summary>
    public int Root;

    /// <summary>The sum itself.</summary>
    public static SumFinish None => new() { Scale = 1 };
}
