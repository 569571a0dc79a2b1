namespace KernelDiff.Kernels.Attention;

/// <summary>
/// Gradients of <see cref="AttentionArguments"/>. With P = exp(scale · query · keyᵀ - log-sum-exp), recomputed by tiles, and
/// D = the sum of output gradient · output over the channels of a query and head:
/// value gradient = Pᵀ · dO, dS = P ∘ (dO · valueᵀ - D), query gradient = scale · dS · key, key gradient = scale · dSᵀ · query.
/// </summary>
/// <remarks>
/// Two passes, by rows of queries and by rows of keys, each sum in a fixed order: the same bits every time, and no stored scores. The
/// three gradients are overwritten and may be interleaved in one buffer.
/// </remarks>
public readonly record struct AttentionBackwardArguments : IOperationArguments
{
    /// <summary>As in the forward call.</summary>
    public required DeviceSpan<float> Query { get; init; }

    /// <summary>As in the forward call.</summary>
    public required DeviceSpan<float> Key { get; init; }

    /// <summary>As in the forward call.</summary>
    public required DeviceSpan<float> Value { get; init; }

    /// <summary>The result of the forward call.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>[batch, heads, queries]: the log-sum-exp of the forward call.</summary>
    public required DeviceSpan<float> LogSumExp { get; init; }

    /// <summary>[batch, queries, heads, head width] through <see cref="OutputGradientLayout"/>.</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[batch, queries, heads, head width] through <see cref="QueryGradientLayout"/>; must not overlap an input.</summary>
    public required DeviceSpan<float> QueryGradient { get; init; }

    /// <summary>[batch, keys, heads, head width] through <see cref="KeyGradientLayout"/>; must not overlap an input.</summary>
    public required DeviceSpan<float> KeyGradient { get; init; }

    /// <summary>[batch, keys, heads, head width] through <see cref="ValueGradientLayout"/>; must not overlap an input.</summary>
    public required DeviceSpan<float> ValueGradient { get; init; }

    public required AttentionLayout QueryLayout { get; init; }

    public required AttentionLayout KeyLayout { get; init; }

    public required AttentionLayout ValueLayout { get; init; }

    public required AttentionLayout OutputLayout { get; init; }

    public required AttentionLayout OutputGradientLayout { get; init; }

    public required AttentionLayout QueryGradientLayout { get; init; }

    public required AttentionLayout KeyGradientLayout { get; init; }

    public required AttentionLayout ValueGradientLayout { get; init; }

    public required int Batch { get; init; }

    public required int Heads { get; init; }

    public required int Queries { get; init; }

    public required int Keys { get; init; }

    /// <summary>Channels of one head, 1 to <see cref="AttentionArguments.MaximumHeadWidth"/>.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>The scale of the forward call.</summary>
    public required float Scale { get; init; }

    public long Bytes => sizeof(float) * (long)Batch * Heads * ((4L * (Queries + Keys) * HeadWidth) + Queries);

    /// <summary>The scores again and four products with them or their gradients.</summary>
    public long FloatingPointOperations => 10L * Batch * Heads * Queries * Keys * HeadWidth;

    public void Validate()
    {
        AttentionArguments.CheckSizes(Batch, Heads, Queries, Keys, HeadWidth, Scale);
        QueryLayout.CheckRead("query", Query, Batch, Queries, Heads, HeadWidth);
        KeyLayout.CheckRead("key", Key, Batch, Keys, Heads, HeadWidth);
        ValueLayout.CheckRead("value", Value, Batch, Keys, Heads, HeadWidth);
        OutputLayout.CheckRead("output", Output, Batch, Queries, Heads, HeadWidth);
        OutputGradientLayout.CheckRead("outputGradient", OutputGradient, Batch, Queries, Heads, HeadWidth);
        QueryGradientLayout.CheckWritten("queryGradient", QueryGradient, Batch, Queries, Heads, HeadWidth);
        KeyGradientLayout.CheckWritten("keyGradient", KeyGradient, Batch, Keys, Heads, HeadWidth);
        ValueGradientLayout.CheckWritten("valueGradient", ValueGradient, Batch, Keys, Heads, HeadWidth);
        Check.Length("logSumExp", LogSumExp, Check.Elements(Batch, Heads, Queries));
    }

    public string Describe() => $"{Batch}x{Queries}x{Keys} h{Heads} d{HeadWidth}";
}
