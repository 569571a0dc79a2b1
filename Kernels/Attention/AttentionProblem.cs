using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Attention;

/// <summary>The sizes of a case and where its operands lie.</summary>
internal sealed record AttentionProblem(int Heads, int Queries, int Keys, int Width, AttentionArrangement Arrangement)
{
    public int Batch { get; init; } = 1;

    /// <summary>The deviation of the scores, about: how sharp the softmax is.</summary>
    public double Sharpness { get; init; } = 1;

    public float Scale => (float)(Sharpness / Math.Sqrt(Width));

    private int Channels => Heads * Width;

    public AttentionPlace Query => Arrangement switch
    {
        AttentionArrangement.Fused => new("qkv", 0, AttentionLayout.Fused(Queries, Heads, Width)),
        AttentionArrangement.FusedByHead => new("qkv", 0, AttentionLayout.FusedByHead(Queries, Heads, Width)),
        _ => new("query", 0, OneLayout(Queries)),
    };

    public AttentionPlace Key => Arrangement switch
    {
        AttentionArrangement.Fused => new("qkv", Channels, AttentionLayout.Fused(Keys, Heads, Width)),
        AttentionArrangement.FusedByHead => new("qkv", Width, AttentionLayout.FusedByHead(Keys, Heads, Width)),
        AttentionArrangement.KeyValue => new("keyValue", 0, new AttentionLayout(2 * Keys * Channels, 2 * Channels, Width)),
        _ => new("key", 0, OneLayout(Keys)),
    };

    public AttentionPlace Value => Arrangement switch
    {
        AttentionArrangement.Fused => new("qkv", 2 * Channels, AttentionLayout.Fused(Keys, Heads, Width)),
        AttentionArrangement.FusedByHead => new("qkv", 2 * Width, AttentionLayout.FusedByHead(Keys, Heads, Width)),
        AttentionArrangement.KeyValue => new("keyValue", Channels, new AttentionLayout(2 * Keys * Channels, 2 * Channels, Width)),
        _ => new("value", 0, OneLayout(Keys)),
    };

    public AttentionPlace Output => new("output", 0, OneLayout(Queries));

    /// <summary>The operands that hold query, key and value, with their lengths.</summary>
    public IEnumerable<(string Name, int Length)> Inputs => Arrangement switch
    {
        AttentionArrangement.Fused or AttentionArrangement.FusedByHead => [("qkv", 3 * Batch * Queries * Channels)],
        AttentionArrangement.KeyValue => [("query", OutputLength), ("keyValue", 2 * Batch * Keys * Channels)],
        _ => [("query", OutputLength), ("key", Batch * Keys * Channels), ("value", Batch * Keys * Channels)],
    };

    public int OutputLength => Batch * Queries * Channels;

    public int Rows => Batch * Heads * Queries;

    /// <summary>Allowed error as a part of the largest element: rounding of a score is relative to the score, and exp makes it absolute.</summary>
    public double Rounding => 2e-6 * (1 + (Sharpness / 2));

    public string Name => $"{Queries}x{Keys} h{Heads} d{Width} {Describe(Arrangement)}{(Sharpness == 1 ? "" : " sharp")}";

    public override string ToString() => Name;

    private AttentionLayout OneLayout(int tokens) => Arrangement == AttentionArrangement.HeadMajor
        ? new AttentionLayout(tokens * Channels, Width, tokens * Width)
        : AttentionLayout.Dense(tokens, Heads, Width);

    private static string Describe(AttentionArrangement arrangement) => arrangement switch
    {
        AttentionArrangement.HeadMajor => "head-major",
        AttentionArrangement.KeyValue => "key-value",
        AttentionArrangement.Fused => "fused",
        AttentionArrangement.FusedByHead => "fused-by-head",
        _ => "separate",
    };
}
