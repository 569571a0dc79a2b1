using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>Multi-head attention and its gradient.</summary>
public static class AttentionOperations
{
    /// <summary>softmax(scale · query · keyᵀ) · value.</summary>
    public static Operation<AttentionArguments> Attention { get; } = new(
        "attention",
        "Attention",
        "output = softmax(scale * query * key^T) * value, by heads",
        AttentionCases.Forward,
        CpuVariant.Simd<AttentionArguments, AttentionForward>(),
        TiledAttention.Variant,
        SharedAttention.Variant)
    {
        Shapes = PlannedAttention.Forward,
    };

    /// <summary>Gradients of query, key and value.</summary>
    public static Operation<AttentionBackwardArguments> AttentionBackward { get; } = new(
        "attention-backward",
        "Attention",
        "gradients of query, key and value of attention",
        AttentionCases.Backward,
        CpuVariant.Simd<AttentionBackwardArguments, AttentionBackward>(),
        TiledAttentionBackward.Variant,
        SharedAttentionBackward.Variant)
    {
        Shapes = PlannedAttention.Backward,
    };

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [Attention, AttentionBackward];
}
