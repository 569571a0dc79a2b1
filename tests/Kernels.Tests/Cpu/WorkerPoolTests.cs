using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Cpu;

internal sealed unsafe class WorkerPoolTests
{
    private static readonly int[] s_threadCounts = [1, 2, 3, 8];

    [TestCaseSource(nameof(s_threadCounts))]
    public void Every_item_runs_exactly_once_in_many_small_jobs(int threads)
    {
        using var pool = new WorkerPool(threads);
        int[] runs = new int[257];
        fixed (int* counts = runs)
        {
            for (int job = 0; job < 20_000; job++)
            {
                int count = job % runs.Length;
                pool.For(count, new CountItem(counts));
                for (int i = 0; i < runs.Length; i++)
                {
                    if (counts[i] != (i < count ? 1 : 0))
                        Assert.Fail($"job {job}: item {i} of {count} ran {counts[i]} times");
                    counts[i] = 0;
                }
            }
        }
    }

    [Test]
    public void Jobs_are_exact_with_far_more_threads_than_cores()
    {
        using var pool = new WorkerPool(4 * Environment.ProcessorCount + 3);
        long sum = 0;
        for (int job = 0; job < 300; job++)
            pool.For(50, index => Interlocked.Add(ref sum, index));
        Assert.That(sum, Is.EqualTo(300L * 49 * 50 / 2));
    }

    [Test]
    public void Jobs_are_exact_when_every_worker_has_parked_in_between()
    {
        using var pool = new WorkerPool(3);
        for (int job = 0; job < 20; job++)
        {
            // Far longer than the workers spin.
            for (int i = 0; i < 20_000; i++)
                Thread.SpinWait(1);
            int ran = 0;
            pool.For(8, _ => Interlocked.Increment(ref ran));
            Assert.That(ran, Is.EqualTo(8));
        }
    }

    [Test]
    public void Several_threads_work_on_one_job()
    {
        using var pool = new WorkerPool(2);
        using var bothArrived = new Barrier(2);

        // Neither item can finish unless the other one runs at the same time.
        pool.For(2, _ => Assert.That(bothArrived.SignalAndWait(TimeSpan.FromMinutes(1)), Is.True));
    }

    [Test]
    public void A_thread_starts_every_job_with_the_same_part()
    {
        using var pool = new WorkerPool(2);
        int[][] threadsOfItems = [.. Enumerable.Range(0, 50).Select(_ => new int[2])];
        foreach (int[] threadOfItem in threadsOfItems)
        {
            // No item can finish before both threads have one.
            using var bothArrived = new Barrier(2);
            pool.For(2, item =>
            {
                threadOfItem[item] = Environment.CurrentManagedThreadId;
                Assert.That(bothArrived.SignalAndWait(TimeSpan.FromMinutes(1)), Is.True);
            });
        }

        Assert.That(threadsOfItems, Is.All.EqualTo(threadsOfItems[0]));
        Assert.That(threadsOfItems[0][0], Is.EqualTo(Environment.CurrentManagedThreadId), "the caller has the first part");
    }

    [Test]
    public void An_exception_in_an_item_surfaces_in_the_caller_and_the_pool_goes_on()
    {
        using var pool = new WorkerPool(3);
        for (int round = 0; round < 100; round++)
        {
            Assert.That(
                () => pool.For(64, index =>
                {
                    if (index == 5)
                        throw new InvalidOperationException("item 5");
                }),
                Throws.InvalidOperationException.With.Message.EqualTo("item 5"));

            int ran = 0;
            pool.For(64, _ => Interlocked.Increment(ref ran));
            Assert.That(ran, Is.EqualTo(64));
        }
    }

    [Test]
    public void Items_after_a_failure_are_skipped()
    {
        using var pool = new WorkerPool(2);
        int ran = 0;
        Assert.That(
            () => pool.For(1_000_000, _ =>
            {
                Interlocked.Increment(ref ran);
                throw new InvalidOperationException();
            }),
            Throws.InvalidOperationException);

        // Each of the two threads had at most one item under way.
        Assert.That(ran, Is.InRange(1, 2));
    }

    [Test]
    public void A_job_inside_an_item_runs_on_the_thread_of_the_item()
    {
        using var pool = new WorkerPool(4);
        using var other = new WorkerPool(2);
        int ran = 0;
        int strayed = 0;
        pool.For(16, _ =>
        {
            int thread = Environment.CurrentManagedThreadId;
            foreach (WorkerPool nested in new[] { pool, other })
            {
                nested.For(10, _ =>
                {
                    Interlocked.Increment(ref ran);
                    if (Environment.CurrentManagedThreadId != thread)
                        Interlocked.Increment(ref strayed);
                });
            }
        });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ran, Is.EqualTo(16 * 2 * 10));
            Assert.That(strayed, Is.Zero);
        }
    }

    [Test]
    public void Callers_on_different_threads_take_turns()
    {
        using var pool = new WorkerPool(2);
        int wrong = 0;
        Thread[] callers = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int job = 0; job < 2000; job++)
            {
                int ran = 0;
                pool.For(7, _ => Interlocked.Increment(ref ran));
                if (ran != 7)
                    Interlocked.Increment(ref wrong);
            }
        }))];
        foreach (Thread caller in callers)
            caller.Start();
        foreach (Thread caller in callers)
            caller.Join();
        Assert.That(wrong, Is.Zero);
    }

    [TestCase(0L, 5L)]
    [TestCase(5L, 5L)]
    [TestCase(23L, 5L)]
    [TestCase(1_000_000L, 4096L)]
    public void Ranges_cover_every_element_once_whatever_the_number_of_threads(long length, long grain)
    {
        foreach (int threads in s_threadCounts)
        {
            using var pool = new WorkerPool(threads);
            byte[] touched = new byte[length + 1];
            fixed (byte* t = touched)
                pool.ForRanges(length, grain, new TouchItem(t, grain));
            Assert.That(touched[..(int)length], Is.All.EqualTo(1));
            Assert.That(touched[length], Is.Zero);
        }
    }

    [Test]
    public void A_job_allocates_nothing()
    {
        using var pool = new WorkerPool(2);
        int[] runs = new int[32];
        fixed (int* counts = runs)
        {
            pool.For(32, new CountItem(counts));
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int job = 0; job < 1000; job++)
                pool.For(32, new CountItem(counts));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        }
    }

    [Test]
    public void Bodies_with_object_references_survive_a_collection_during_the_job()
    {
        using var pool = new WorkerPool(2);
        int[] results = new int[64];
        for (int job = 0; job < 20; job++)
        {
            pool.For(64, new ReferenceItem(new List<int> { job }, results));
            Assert.That(results, Is.All.EqualTo(job));
        }
    }

    [Test]
    public void A_disposed_pool_refuses_jobs_and_may_be_disposed_again()
    {
        var pool = new WorkerPool(2);
        pool.For(4, _ => { });
        pool.Dispose();
        pool.Dispose();
        Assert.That(() => pool.For(4, _ => { }), Throws.TypeOf<ObjectDisposedException>());
    }

    [TestCase(0)]
    [TestCase(-3)]
    [TestCase(1025)]
    public void An_impossible_number_of_threads_is_refused(int threads) =>
        Assert.That(() => new WorkerPool(threads), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void A_negative_number_of_items_is_refused()
    {
        using var pool = new WorkerPool(1);
        Assert.That(() => pool.For(-1, _ => { }), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private readonly struct CountItem(int* counts) : IWorkItem
    {
        public void Run(int index) => Interlocked.Increment(ref counts[index]);
    }

    private readonly struct TouchItem(byte* touched, long grain) : IRangeWorkItem
    {
        public void Run(long start, long end)
        {
            Assert.That(start % grain, Is.Zero);
            for (long i = start; i < end; i++)
                touched[i]++;
        }
    }

    private readonly struct ReferenceItem(List<int> value, int[] results) : IWorkItem
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Run(int index)
        {
            if (index % 16 == 0)
                GC.Collect();
            results[index] = value[0];
        }
    }
}
