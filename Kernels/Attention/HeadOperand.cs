using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>An operand in memory with its layout.</summary>
internal readonly unsafe struct HeadOperand(DeviceSpan<float> span, AttentionLayout layout)
{
    private readonly float* pointer = span.Pointer();

    /// <summary>Floats from one token to the next.</summary>
    public long Stride => layout.TokenStride;

    /// <summary>The first channel of a token.</summary>
    public float* Token(int image, int head, int token) =>
        pointer + ((long)image * layout.BatchStride) + ((long)head * layout.HeadStride) + ((long)token * layout.TokenStride);
}
