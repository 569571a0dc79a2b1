namespace KernelDiff.Kernels.RandomNumbers;

/// <summary>
/// Names a tensor of random numbers. The numbers of an image are a function of seed, stream, step, image index and element: they are
/// the same whatever batch the image is in and whatever was drawn before.
/// </summary>
/// <remarks>Philox's key is the seed; its counter is (element / 4, image index, stream, step).</remarks>
public readonly record struct RandomKey
{
    /// <summary>The seed of the run or of the picture.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What the numbers are for: noise, timesteps, dropout of layer n ... Different streams are independent.</summary>
    public required uint Stream { get; init; }

    /// <summary>The step within the stream, for streams that are drawn from again and again.</summary>
    public uint Step { get; init; }

    /// <summary>Index of the first image of the tensor; the others follow it.</summary>
    public int FirstImage { get; init; }

    /// <exception cref="ArgumentException">An image index is negative or over 2^31 - 1.</exception>
    internal void Validate(int images)
    {
        if (FirstImage < 0 || (long)FirstImage + images > int.MaxValue)
        {
            throw new ArgumentException(
                $"The image indices {FirstImage} to {(long)FirstImage + images - 1} are not all between 0 and {int.MaxValue - 1}.");
        }
    }
}
