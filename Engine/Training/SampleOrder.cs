using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Training;

/// <summary>One draw of a training set.</summary>
/// <param name="Image">Index of the image.</param>
/// <param name="IsMirrored">Whether its mirror image is used.</param>
public readonly record struct TrainingDraw(int Image, bool IsMirrored);

/// <summary>
/// The endless order in which a training set is seen: every epoch a new permutation. What comes n-th follows from the seed and n alone, so
/// that training resumes anywhere without state.
/// </summary>
public sealed class SampleOrder
{
    private readonly ulong seed;
    private readonly int count;
    private readonly bool mirror;
    private int[] permutation = [];
    private long permutedEpoch = -1;

    /// <param name="seed">Of the training.</param>
    /// <param name="count">Images in the set.</param>
    /// <param name="mirror">Whether every second draw is mirrored.</param>
    public SampleOrder(ulong seed, int count, bool mirror)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        this.seed = seed;
        this.count = count;
        this.mirror = mirror;
    }

    /// <param name="number">0 for the first draw of the training.</param>
    public TrainingDraw At(long number)
    {
        var epoch = Math.DivRem(number, count, out var place);
        if (epoch != permutedEpoch)
        {
            permutation = new Philox(seed, TrainingStreams.Order, (ulong)epoch).Permutation(count);
            permutedEpoch = epoch;
        }

        var isMirrored = mirror && (new Philox(seed, TrainingStreams.Mirror, (ulong)number).NextUInt32() & 1) != 0;
        return new TrainingDraw(permutation[place], isMirrored);
    }

    /// <summary>The draws of a batch.</summary>
    /// <param name="first">Number of the first one.</param>
    /// <param name="count">How many.</param>
    public TrainingDraw[] Take(long first, int count)
    {
        var draws = new TrainingDraw[count];
        for (var i = 0; i < count; i++)
        {
            draws[i] = At(first + i);
        }

        return draws;
    }
}

/// <summary>What random numbers of a training are for; see <see cref="RandomKey.Stream"/>.</summary>
internal static class TrainingStreams
{
    public const uint Order = 0x4F72_0001;
    public const uint Mirror = 0x4F72_0002;
    public const uint Timestep = 0x4F72_0003;
    public const uint Drop = 0x4F72_0004;
    public const uint Noise = 0x4F72_0005;
    public const uint Posterior = 0x4F72_0006;

    /// <summary>The first of a range: every dropout of a network has one of its own.</summary>
    public const uint Dropout = 0x4F73_0000;
}
