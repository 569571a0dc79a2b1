using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>
/// The items of a job, dealt out to threads: each has a share of neighbouring items, which it takes in order. When those are gone it takes
/// from the end of the share that has the most left, so that nobody waits for a thread that others slow down.
/// </summary>
/// <remarks>
/// Jobs follow one another, and mostly item i of one reads what item i of the last one wrote. A thread that starts every job with the same
/// part finds it in its own core's cache; what another core wrote takes as long as the last-level cache, four times as long.
/// </remarks>
internal sealed class ItemShares(int threads)
{
    /// <summary>Instead of an item, when all are taken.</summary>
    public const int None = -1;

    private readonly Share[] shares = new Share[threads];

    /// <summary>
    /// Deals out items 0 to <paramref name="count"/> - 1. Threads may take items while it runs, and see all that was written before.
    /// </summary>
    public void Deal(int count)
    {
        // The caller's share comes last: a worker that still looks for items of the job before would else take from it.
        var (each, more) = Math.DivRem(count, shares.Length);
        var end = count;
        for (var thread = shares.Length - 1; thread >= 0; thread--)
        {
            var first = end - each - (thread < more ? 1 : 0);
            shares[thread].Set(first, end);
            end = first;
        }
    }

    /// <summary>Takes an item, which nobody else gets then.</summary>
    /// <param name="thread">Whose share comes first.</param>
    /// <returns>An item or <see cref="None"/>.</returns>
    public int Take(int thread)
    {
        var item = shares[thread].TakeFirst();
        while (item == None && Fullest() is >= 0 and var other)
        {
            item = shares[other].TakeLast();
        }

        return item;
    }

    private int Fullest()
    {
        var (fullest, most) = (-1, 0);
        for (var thread = 0; thread < shares.Length; thread++)
        {
            var left = shares[thread].Count;
            if (left > most)
            {
                (fullest, most) = (thread, left);
            }
        }

        return fullest;
    }

    /// <summary>
    /// The items of a share that are left, from a first one to an end, in one word: it is changed by compare-and-swap alone. Shares lie so
    /// far apart, and from the length of their array, that threads do not disturb each other (processors fetch lines in pairs).
    /// </summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Share
    {
        [FieldOffset(128)]
        private long word;

        public int Count
        {
            get
            {
                var found = Volatile.Read(ref word);
                return End(found) - First(found);
            }
        }

        public void Set(int first, int end) => Interlocked.Exchange(ref word, Word(first, end));

        public int TakeFirst()
        {
            while (Volatile.Read(ref word) is var found && First(found) < End(found))
            {
                if (Interlocked.CompareExchange(ref word, Word(First(found) + 1, End(found)), found) == found)
                {
                    return First(found);
                }
            }

            return None;
        }

        public int TakeLast()
        {
            while (Volatile.Read(ref word) is var found && First(found) < End(found))
            {
                if (Interlocked.CompareExchange(ref word, Word(First(found), End(found) - 1), found) == found)
                {
                    return End(found) - 1;
                }
            }

            return None;
        }

        private static long Word(int first, int end) => ((long)end << 32) | (uint)first;

        private static int First(long word) => (int)word;

        private static int End(long word) => (int)(word >> 32);
    }
}
