namespace KernelDiff.Kernels.Optimizers;

/// <summary>
/// gradients ← gradients · min(1, maximumNorm / (norm + 1e-6)), in place, with a norm that stays on the device. A norm that is not finite
/// sets the gradients to zero.
/// </summary>
/// <remarks><see cref="AdamWArguments.GradientNorm"/> does the same within the optimiser's step, without a pass of its own.</remarks>
public readonly record struct ClipByNormArguments : IOperationArguments
{
    /// <summary>Any length; the norm may be that of more gradients than these.</summary>
    public required DeviceSpan<float> Gradients { get; init; }

    /// <summary>[1], the L2 norm of all gradients.</summary>
    public required DeviceSpan<float> Norm { get; init; }

    public required float MaximumNorm { get; init; }

    public long Bytes => 2L * sizeof(float) * Gradients.Length;

    public long FloatingPointOperations => Gradients.Length;

    public void Validate()
    {
        Check.Positive("gradients", Gradients.Length);
        Check.Length("norm", Norm, 1);
        if (!(MaximumNorm > 0))
        {
            throw new ArgumentException($"The maximum norm is {MaximumNorm}; it must be positive.");
        }
    }

    public string Describe() => $"{Gradients.Length}";
}
