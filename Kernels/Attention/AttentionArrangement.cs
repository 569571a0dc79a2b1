using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Attention;

/// <summary>How a case keeps query, key and value in operands.</summary>
internal enum AttentionArrangement
{
    /// <summary>Three operands of [batch, tokens, heads, width].</summary>
    Separate,

    /// <summary>Three operands of [batch, heads, tokens, width].</summary>
    HeadMajor,

    /// <summary>A query of [batch, tokens, heads, width], keys and values in one operand of [batch, tokens, 2, heads, width].</summary>
    KeyValue,

    /// <summary>One operand of [batch, tokens, 3, heads, width].</summary>
    Fused,

    /// <summary>One operand of [batch, tokens, heads, 3, width].</summary>
    FusedByHead,
}

/// <summary>Where a case keeps one of query, key and value: in which operand, behind which offset, with which strides.</summary>
internal readonly record struct AttentionPlace(string Operand, int Offset, AttentionLayout Layout)
{
    public DeviceSpan<float> Span(CaseOperands operands, string suffix = "")
    {
        var span = operands.Single(Operand + suffix);
        return span.Slice(Offset, span.Length - Offset);
    }

    public int Index(int image, int head, int token, int channel) =>
        Offset + (image * Layout.BatchStride) + (token * Layout.TokenStride) + (head * Layout.HeadStride) + channel;
}
