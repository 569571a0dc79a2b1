namespace KernelDiff.Kernels.Attention;

/// <summary>
/// Where an operand of attention keeps its elements: channel c of head h of token t of image b is element
/// b · <paramref name="BatchStride"/> + t · <paramref name="TokenStride"/> + h · <paramref name="HeadStride"/> + c of its span.
/// An offset is a slice of the span, so queries, keys and values may lie interleaved in one buffer.
/// </summary>
/// <param name="BatchStride">Elements from one image to the next; 0 lets every image read the same tokens.</param>
/// <param name="TokenStride">Elements from one token to the next.</param>
/// <param name="HeadStride">Elements from one head to the next.</param>
public readonly record struct AttentionLayout(int BatchStride, int TokenStride, int HeadStride)
{
    /// <summary>[batch, tokens, heads · width], nothing else in between: the output of a projection of its own.</summary>
    public static AttentionLayout Dense(int tokens, int heads, int headWidth) =>
        new(tokens * heads * headWidth, heads * headWidth, headWidth);

    /// <summary>
    /// One of three in [batch, tokens, 3 · heads · width], ordered q of all heads, k of all heads, v of all heads: slice the span at 0,
    /// heads · width and 2 · heads · width.
    /// </summary>
    public static AttentionLayout Fused(int tokens, int heads, int headWidth) =>
        new(3 * tokens * heads * headWidth, 3 * heads * headWidth, headWidth);

    /// <summary>
    /// One of three in [batch, tokens, heads, 3 · width], every head with its own q, k, v, the order of latent diffusion's attention
    /// blocks: slice the span at 0, width and 2 · width.
    /// </summary>
    public static AttentionLayout FusedByHead(int tokens, int heads, int headWidth) =>
        new(3 * tokens * heads * headWidth, 3 * heads * headWidth, 3 * headWidth);

    /// <summary>The length that a span must have at least.</summary>
    internal long Reach(int batch, int tokens, int heads, int headWidth) =>
        ((batch - 1L) * BatchStride) + ((tokens - 1L) * TokenStride) + ((heads - 1L) * HeadStride) + headWidth;

    /// <exception cref="ArgumentException">A stride is negative, or the span is absent or too short.</exception>
    internal void CheckRead(string operand, DeviceSpan<float> span, int batch, int tokens, int heads, int headWidth)
    {
        if (BatchStride < 0 || TokenStride < 0 || HeadStride < 0)
        {
            throw new ArgumentException($"The layout of '{operand}' has a negative stride: {this}.");
        }

        Check.Covers(operand, span, Reach(batch, tokens, heads, headWidth));
    }

    /// <exception cref="ArgumentException">As for reading, or two tokens or heads would be written to the same elements.</exception>
    internal void CheckWritten(string operand, DeviceSpan<float> span, int batch, int tokens, int heads, int headWidth)
    {
        CheckRead(operand, span, batch, tokens, heads, headWidth);
        Span<(int Stride, int Count)> dimensions = [(BatchStride, batch), (TokenStride, tokens), (HeadStride, heads)];
        dimensions.Sort();
        long extent = headWidth;
        foreach (var (stride, count) in dimensions)
        {
            if (count > 1 && stride < extent)
            {
                throw new ArgumentException(
                    $"The layout of '{operand}' writes elements twice: a stride of {stride} steps over a block of {extent} elements ({this}).");
            }

            extent += (count - 1L) * stride;
        }
    }
}
