namespace KernelDiff.Kernels.Shape;

/// <summary>output[o][i][n] = input[o][index[i]][n]: rows of the middle axis, chosen by index.</summary>
public readonly record struct GatherArguments : IOperationArguments
{
    /// <summary>[outer][size][inner].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[count], each in [0, size). An index outside gives a row of zeros.</summary>
    public required DeviceSpan<int> Indices { get; init; }

    /// <summary>[outer][count][inner].</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required int Outer { get; init; }

    /// <summary>Rows of the input's middle axis.</summary>
    public required int Size { get; init; }

    public required int Inner { get; init; }

    /// <summary>Rows to take.</summary>
    public int Count => Indices.Length;

    public long Bytes => (2L * sizeof(float) * Outer * Count * Inner) + (sizeof(int) * (long)Count);

    public long FloatingPointOperations => 0;

    public void Validate()
    {
        Check.Length("input", Input, Check.Elements(Outer, Size, Inner));
        Check.Length("output", Output, Check.Elements(Outer, Count, Inner));
    }

    public string Describe() => $"{Outer}x{Size}x{Inner} take {Count}";
}

/// <summary>
/// inputGradient[o][s][n] = sum of outputGradient[o][i][n] over the i with index[i] = s, in ascending order of i; zero where there is
/// none.
/// </summary>
public readonly record struct GatherBackwardArguments : IOperationArguments
{
    /// <summary>[outer][count][inner].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[count], each in [0, size); others are ignored.</summary>
    public required DeviceSpan<int> Indices { get; init; }

    /// <summary>[outer][size][inner].</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    public required int Outer { get; init; }

    public required int Size { get; init; }

    public required int Inner { get; init; }

    public int Count => Indices.Length;

    public long Bytes => (sizeof(float) * (long)Outer * Inner * (Count + Size)) + (sizeof(int) * (long)Count);

    public long FloatingPointOperations => (long)Outer * Count * Inner;

    public void Validate()
    {
        Check.Length("inputGradient", InputGradient, Check.Elements(Outer, Size, Inner));
        Check.Length("outputGradient", OutputGradient, Check.Elements(Outer, Count, Inner));
    }

    public string Describe() => $"{Outer}x{Size}x{Inner} from {Count}";
}
