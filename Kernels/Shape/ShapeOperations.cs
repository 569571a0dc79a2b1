using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Shape;

/// <summary>Operations that move elements and compute nothing.</summary>
public static class ShapeOperations
{
    public static Operation<StridedCopyArguments> StridedCopy { get; } = new(
        "strided-copy",
        "Shape",
        "y[o(i)] = x[a(i)]: permute, slice, pad, concat, split",
        ShapeCases.StridedCopy,
        CpuVariant.Simd<StridedCopyArguments, StridedCopy>(),
        StridedCopyRows.Variant,
        StridedCopyKernels.Variant);

    public static Operation<GatherArguments> Gather { get; } = new(
        "gather",
        "Shape",
        "y[o][i] = x[o][index[i]]",
        ShapeCases.Gather,
        CpuVariant.Simd<GatherArguments, GatherForward>(),
        GatherKernels.ForwardVariant);

    public static Operation<GatherBackwardArguments> GatherBackward { get; } = new(
        "gather-backward",
        "Shape",
        "dx[o][s] = sum of dy[o][i] with index[i] = s, in order",
        ShapeCases.GatherBackward,
        CpuVariant.Simd<GatherBackwardArguments, GatherBackward>(),
        GatherKernels.BackwardVariant);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [StridedCopy, Gather, GatherBackward];
}
