using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>An operand of attention in a kernel, with its layout.</summary>
internal struct GpuOperand
{
    public ArrayView<float> Elements;
    public int BatchStride;
    public int TokenStride;
    public int HeadStride;

    public static GpuOperand Create(GpuDevice device, DeviceSpan<float> span, AttentionLayout layout) => new()
    {
        Elements = device.View(span),
        BatchStride = layout.BatchStride,
        TokenStride = layout.TokenStride,
        HeadStride = layout.HeadStride,
    };

    /// <summary>Index of the first channel of a token.</summary>
    public readonly int Index(int image, int head, int token) =>
        (image * BatchStride) + (head * HeadStride) + (token * TokenStride);
}
