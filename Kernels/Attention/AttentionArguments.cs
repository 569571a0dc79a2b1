namespace KernelDiff.Kernels.Attention;

/// <summary>
/// Multi-head attention: output = softmax(scale · query · keyᵀ) · value for every image and head, the softmax over the keys. Self
/// attention has the same tokens on both sides, cross attention others. The scores are never stored.
/// </summary>
/// <remarks>Saved for backward: query, key, value, output and the log-sum-exp.</remarks>
public readonly record struct AttentionArguments : IOperationArguments
{
    /// <summary>The widest head.</summary>
    public const int MaximumHeadWidth = 512;

    /// <summary>[batch, queries, heads, head width] through <see cref="QueryLayout"/>.</summary>
    public required DeviceSpan<float> Query { get; init; }

    /// <summary>[batch, keys, heads, head width] through <see cref="KeyLayout"/>.</summary>
    public required DeviceSpan<float> Key { get; init; }

    /// <summary>[batch, keys, heads, head width] through <see cref="ValueLayout"/>.</summary>
    public required DeviceSpan<float> Value { get; init; }

    /// <summary>[batch, queries, heads, head width] through <see cref="OutputLayout"/>; must not overlap an input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>[batch, heads, queries], dense: ln of the sum of exp(scale · query · key) over the keys. May be absent.</summary>
    public DeviceSpan<float> LogSumExp { get; init; }

    public required AttentionLayout QueryLayout { get; init; }

    public required AttentionLayout KeyLayout { get; init; }

    public required AttentionLayout ValueLayout { get; init; }

    public required AttentionLayout OutputLayout { get; init; }

    public required int Batch { get; init; }

    public required int Heads { get; init; }

    /// <summary>Tokens that ask.</summary>
    public required int Queries { get; init; }

    /// <summary>Tokens that are asked.</summary>
    public required int Keys { get; init; }

    /// <summary>Channels of one head, 1 to <see cref="MaximumHeadWidth"/>.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Factor of the scores, usually 1 / sqrt(head width).</summary>
    public required float Scale { get; init; }

    public long Bytes => sizeof(float) * (long)Batch * Heads
        * ((2L * (Queries + Keys) * HeadWidth) + (LogSumExp.IsAbsent ? 0 : Queries));

    public long FloatingPointOperations => 4L * Batch * Heads * Queries * Keys * HeadWidth;

    public void Validate()
    {
        CheckSizes(Batch, Heads, Queries, Keys, HeadWidth, Scale);
        QueryLayout.CheckRead("query", Query, Batch, Queries, Heads, HeadWidth);
        KeyLayout.CheckRead("key", Key, Batch, Keys, Heads, HeadWidth);
        ValueLayout.CheckRead("value", Value, Batch, Keys, Heads, HeadWidth);
        OutputLayout.CheckWritten("output", Output, Batch, Queries, Heads, HeadWidth);
        Check.OptionalLength("logSumExp", LogSumExp, Check.Elements(Batch, Heads, Queries));
    }

    public string Describe() => $"{Batch}x{Queries}x{Keys} h{Heads} d{HeadWidth}{(LogSumExp.IsAbsent ? "" : " lse")}";

    internal static void CheckSizes(int batch, int heads, int queries, int keys, int headWidth, float scale)
    {
        Check.Positive("batch", batch);
        Check.Positive("heads", heads);
        Check.Positive("queries", queries);
        Check.Positive("keys", keys);
        Check.Positive("headWidth", headWidth);
        if (headWidth > MaximumHeadWidth)
        {
            throw new ArgumentException($"The head width is {headWidth}; the widest head has {MaximumHeadWidth} channels. Use more heads.");
        }

        if (!float.IsFinite(scale))
        {
            throw new ArgumentException($"The scale of the scores is {scale}; it must be finite, usually 1 / sqrt(head width).");
        }
    }
}
