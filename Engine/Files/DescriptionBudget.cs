namespace KernelDiff.Engine.Files;

/// <summary>
/// Counts the memory that describing a file takes (names, dictionaries, shapes; not the elements, which are only read on request), so that
/// a small file which describes very much is refused instead of filling the memory. The count is an estimate from above and never falls:
/// what a hostile file builds and throws away costs too.
/// </summary>
internal sealed class DescriptionBudget(RandomAccessFile file)
{
    /// <summary>The bytes that a description may take. A checkpoint of ten thousand tensors with optimiser state takes about 20 MB.</summary>
    public const long Limit = 64L << 20;

    /// <summary>What one object costs beside its contents.</summary>
    public const int Object = 48;

    /// <summary>What one listed tensor costs beside its name.</summary>
    public const int Tensor = 600;

    private long spent;

    public void Charge(long bytes)
    {
        spent += bytes;
        if (spent > Limit)
            throw file.Fault("describing its contents takes more than 64 MiB of memory, which no real weight file does");
    }

    /// <summary>Charges a string of at most <paramref name="length"/> characters, before it is made.</summary>
    public void ChargeText(long length) => Charge(Object + (2 * length));
}
