using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// output[i][e] = input[i][e] / keep with probability keep, else 0. Which elements are kept is a function of the key, the image index and
/// the element alone, so nothing is saved: the backward pass is the same call, with the same key, on the gradient. Input and output may
/// be the same span.
/// </summary>
public readonly record struct DropoutArguments : IOperationArguments
{
    /// <summary>[images][elements].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[images][elements].</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required int Images { get; init; }

    /// <summary>Elements of one image.</summary>
    public required int Elements { get; init; }

    /// <summary>Probability of keeping an element, above 0 and at most 1.</summary>
    public required float Keep { get; init; }

    /// <summary>Names the mask.</summary>
    public required RandomKey Key { get; init; }

    public long Bytes => 2L * sizeof(float) * Input.Length;

    public long FloatingPointOperations => Input.Length;

    public void Validate()
    {
        var length = Check.Elements(Images, Elements);
        Check.Length("input", Input, length);
        Check.Length("output", Output, length);
        if (!(Keep > 0 && Keep <= 1))
        {
            throw new ArgumentException($"The probability of keeping an element is {Keep}; it must be above 0 and at most 1.");
        }

        Key.Validate(Images);
    }

    public string Describe() => $"{Images}x{Elements} keep {Keep}";
}
