using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Cpu;

internal sealed class ItemSharesTests
{
    [TestCase(1, 5, new[] { 5 })]
    [TestCase(2, 5, new[] { 3, 2 })]
    [TestCase(3, 2, new[] { 1, 1, 0 })]
    [TestCase(4, 0, new[] { 0, 0, 0, 0 })]
    [TestCase(3, 12, new[] { 4, 4, 4 })]
    public void Every_thread_takes_neighbouring_items_of_its_own_in_order(int threads, int items, int[] expected)
    {
        var shares = new ItemShares(threads);
        shares.Deal(items);
        var first = 0;
        for (var thread = 0; thread < threads; thread++)
        {
            var own = Enumerable.Range(first, expected[thread]).ToArray();
            Assert.That(own.Select(_ => shares.Take(thread)).ToArray(), Is.EqualTo(own), $"thread {thread}");
            first += expected[thread];
        }

        Assert.That(Enumerable.Range(0, threads).Select(shares.Take), Is.All.EqualTo(ItemShares.None));
    }

    [Test]
    public void A_thread_without_items_takes_from_the_end_of_the_share_that_has_the_most_left()
    {
        var shares = new ItemShares(3);
        shares.Deal(12);
        Take(shares, thread: 0, count: 4);
        Take(shares, thread: 1, count: 2);

        // 6 and 7 are left of the second share, 8 to 11 of the third.
        Assert.That(Take(shares, thread: 0, count: 6), Is.EqualTo(new[] { 11, 10, 7, 9, 6, 8 }));
        Assert.That(shares.Take(0), Is.EqualTo(ItemShares.None));
    }

    [Test]
    public void A_new_deal_starts_anew()
    {
        var shares = new ItemShares(2);
        shares.Deal(2);
        Take(shares, thread: 1, count: 2);
        shares.Deal(4);
        Assert.That(Take(shares, thread: 1, count: 4), Is.EqualTo(new[] { 2, 3, 1, 0 }));
    }

    [Test]
    public void Threads_that_take_at_the_same_time_get_every_item_once()
    {
        const int Threads = 4;
        const int Items = 5000;
        var shares = new ItemShares(Threads);
        for (var round = 0; round < 20; round++)
        {
            var taken = new int[Items];
            shares.Deal(Items);
            Thread[] threads = [.. Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
            {
                while (shares.Take(thread) is var item && item != ItemShares.None)
                {
                    Interlocked.Increment(ref taken[item]);
                }
            }))];
            foreach (var thread in threads)
            {
                thread.Start();
            }

            foreach (var thread in threads)
            {
                thread.Join();
            }

            Assert.That(taken, Is.All.EqualTo(1));
        }
    }

    private static int[] Take(ItemShares shares, int thread, int count) => [.. Enumerable.Range(0, count).Select(_ => shares.Take(thread))];
}
