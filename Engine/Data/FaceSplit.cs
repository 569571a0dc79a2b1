using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Data;

/// <summary>How a data set is divided into training, validation and test.</summary>
public enum FaceSplit
{
    /// <summary>By folders named train, val and test, or by the column split of an index.tsv.</summary>
    Own,

    /// <summary>By CelebA's official partition.</summary>
    CelebA,

    /// <summary>
    /// By chance: five sixths for training, one sixth for validation, the proportion of the 25,000 and 5,000 pictures of latent
    /// diffusion's CelebA-HQ lists. Its validation part is its test part too.
    /// </summary>
    Random,
}

/// <summary>The random split.</summary>
internal static class RandomSplit
{
    private const uint SplitStream = 10;

    public static int[] Select(int count, FacePartition part, ulong seed)
    {
        var order = new Philox(seed, SplitStream).Permutation(count);
        var validation = (count + 5) / 6;
        return [.. (part == FacePartition.Train ? order[validation..] : order[..validation]).Order()];
    }
}
