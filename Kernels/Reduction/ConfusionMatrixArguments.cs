namespace KernelDiff.Kernels.Reduction;

/// <summary>
/// Counts how often label i was predicted as label j. A pair of which either label is not from 0 to classes - 1 counts nowhere, so
/// 255 serves as "ignore".
/// </summary>
public readonly record struct ConfusionMatrixArguments : IOperationArguments
{
    /// <summary>The most classes there can be.</summary>
    public const int MaximumClasses = 64;

    /// <summary>Any shape; absent where the true labels are bytes.</summary>
    public DeviceSpan<int> Expected { get; init; }

    /// <summary>Any shape; absent where the true labels are integers.</summary>
    public DeviceSpan<byte> ExpectedBytes { get; init; }

    /// <summary>As many elements as there are true labels; absent where the predicted labels are bytes.</summary>
    public DeviceSpan<int> Predicted { get; init; }

    /// <summary>As many elements as there are true labels; absent where the predicted labels are integers.</summary>
    public DeviceSpan<byte> PredictedBytes { get; init; }

    /// <summary>[classes of the true label][classes of the predicted label].</summary>
    public required DeviceSpan<int> Counts { get; init; }

    /// <summary>1 to <see cref="MaximumClasses"/>.</summary>
    public required int Classes { get; init; }

    /// <summary>Whether the counts are added to what is there.</summary>
    public bool Accumulate { get; init; }

    /// <summary>Number of pairs of labels.</summary>
    internal int Length => Expected.IsAbsent ? ExpectedBytes.Length : Expected.Length;

    public long Bytes => (sizeof(int) * ((long)Expected.Length + Predicted.Length + ((Accumulate ? 2L : 1L) * Counts.Length)))
        + ExpectedBytes.Length + PredictedBytes.Length;

    public long FloatingPointOperations => 0;

    public void Validate()
    {
        if (Classes is < 1 or > MaximumClasses)
        {
            throw new ArgumentException($"The confusion matrix has {Classes} classes; it can have 1 to {MaximumClasses}.");
        }

        if (Expected.IsAbsent == ExpectedBytes.IsAbsent)
        {
            throw new ArgumentException("Give exactly one of 'expected' and 'expectedBytes'.");
        }

        if (Predicted.IsAbsent == PredictedBytes.IsAbsent)
        {
            throw new ArgumentException("Give exactly one of 'predicted' and 'predictedBytes'.");
        }

        Check.OptionalLength("predicted", Predicted, Length);
        Check.OptionalLength("predictedBytes", PredictedBytes, Length);
        Check.Length("counts", Counts, Classes * Classes);
    }

    public string Describe() => $"{Length} classes {Classes}{(Accumulate ? " accumulate" : "")}";
}
