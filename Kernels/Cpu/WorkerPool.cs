using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>
/// Threads that run the items of one job at a time: they spin for a while after a job, because the next one usually follows within
/// microseconds, then park. The caller works too.
/// </summary>
/// <remarks>
/// <para>
/// Threads take items by compare-and-swap (<see cref="ItemShares"/>). That alone decides whether an item can be taken; what to run is read
/// only after taking one. From then until that item is reported as finished the caller cannot return, so the job that a thread reads is
/// always the one it took its item from, however long the thread was suspended before: there is no slot whose reuse could be observed,
/// and items that happen to recur are harmless.
/// </para>
/// <para>
/// The caller waits for finished items only. A worker that wakes up late, or never, delays nobody: the others take its share.
/// </para>
/// <para>
/// The order and the thread of an item are not fixed, though each thread starts with the same part of every job. A kernel gets the same
/// bits on any number of threads by giving each item its own outputs and by cutting items by shape, never by <see cref="Threads"/>.
/// </para>
/// </remarks>
public sealed unsafe class WorkerPool : IDisposable
{
    // The runtime normalises one spin to about 37 ns on every processor: some 220 microseconds, more than a caller mostly takes alone.
    private const int SpinsBeforeParking = 6000;
    private const int SpinsBeforeYielding = 2000;

    [ThreadStatic]
    private static bool insideItem;

    private readonly Lock gate = new();
    private readonly Worker[] workers;
    private readonly ItemShares shares;
    private Job job;
    private ExceptionDispatchInfo? failure;
    private volatile bool stopping;

    /// <param name="threads">
    /// Threads that run items, the caller included; null takes KERNELDIFF_THREADS or else the number of physical cores.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 1 or more than <see cref="ProcessorCount.Maximum"/> threads.</exception>
    /// <exception cref="DeviceException">KERNELDIFF_THREADS is not a number of threads.</exception>
    public WorkerPool(int? threads = null)
    {
        int count = threads ?? ProcessorCount.FromEnvironment();
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(threads));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ProcessorCount.Maximum, nameof(threads));

        shares = new ItemShares(count);
        workers = new Worker[count - 1];
        for (int i = 0; i < workers.Length; i++)
            workers[i] = new Worker(this, i + 1);
        foreach (Worker worker in workers)
            worker.Start();
    }

    /// <summary>Threads that run items, the caller included.</summary>
    public int Threads => workers.Length + 1;

    /// <summary>
    /// Runs items 0 to <paramref name="count"/> - 1 and returns when all have finished. Allocates nothing.
    /// </summary>
    /// <remarks>
    /// Called from inside an item, it runs the items one after the other on the calling thread. Callers on different threads take turns.
    /// When an item throws, items not yet started are skipped and the first exception is thrown here.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    public void For<TBody>(int count, TBody body)
        where TBody : struct, IWorkItem
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ObjectDisposedException.ThrowIf(stopping, this);
        if (count <= 1 || workers.Length == 0 || insideItem)
        {
            for (int i = 0; i < count; i++)
                body.Run(i);
            return;
        }

        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stopping, this);

            // The parameter lives on this stack frame, which outlasts every item: workers reach it through its address.
            RunJob(count, Unsafe.AsPointer(ref body), &Invoke<TBody>);
        }
    }

    /// <summary>As <see cref="For{TBody}(int, TBody)"/> with a delegate, which may capture pointers; allocates the closure.</summary>
    public void For(int count, Action<int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        For(count, new DelegateItem(body));
    }

    /// <summary>
    /// Cuts 0 to <paramref name="length"/> - 1 into ranges of <paramref name="grain"/> elements, the last one shorter, and runs them. The
    /// cut does not depend on the number of threads.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="length"/> is negative, <paramref name="grain"/> is not positive, or there are more than 2^31-1 ranges.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    public void ForRanges<TBody>(long length, long grain, TBody body)
        where TBody : struct, IRangeWorkItem
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(grain);
        long ranges = (length / grain) + (length % grain == 0 ? 0 : 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ranges, int.MaxValue, nameof(length));
        For((int)ranges, new RangeItem<TBody> { Body = body, Length = length, Grain = grain });
    }

    /// <summary>Waits for a running job, then ends the threads.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (stopping)
                return;
            stopping = true;
        }

        foreach (Worker worker in workers)
            worker.Wake();
        foreach (Worker worker in workers)
            worker.Dispose();
    }

    private static void Invoke<TBody>(void* body, int index)
        where TBody : struct, IWorkItem =>
        Unsafe.AsRef<TBody>(body).Run(index);

    private void RunJob(int count, void* body, delegate*<void*, int, void> invoke)
    {
        job.Body = body;
        job.Invoke = invoke;
        job.Finished = 0;

        // Full fences: whatever a thread sees after taking an item is the job above, and the parked flags are read after the number.
        // Workers wait for the number, so that each finds its own share when it comes.
        shares.Deal(count);
        Interlocked.Increment(ref job.Number);
        int toWake = count - 1;
        for (int i = 0; i < workers.Length && toWake > 0; i++)
        {
            workers[i].Wake();
            toWake--;
        }

        TakeItems(0);
        int spins = 0;
        while (Volatile.Read(ref job.Finished) != count)
        {
            Thread.SpinWait(1);
            if (++spins == SpinsBeforeYielding)
            {
                spins = 0;
                Thread.Yield();
            }
        }

        if (failure is { } first)
        {
            failure = null;
            first.Throw();
        }
    }

    private void TakeItems(int thread)
    {
        insideItem = true;
        while (shares.Take(thread) is var item && item != ItemShares.None)
        {
            try
            {
                if (Volatile.Read(ref failure) is null)
                    job.Invoke(job.Body, item);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
            }

            // The last access to this job: as soon as the count is complete the caller may return and start the next one.
            Interlocked.Increment(ref job.Finished);
        }

        insideItem = false;
    }

    /// <summary>The one job at a time; the contended numbers have cache lines of their own (two, as processors fetch pairs).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Job
    {
        [FieldOffset(128)]
        public int Number;

        [FieldOffset(256)]
        public int Finished;

        [FieldOffset(384)]
        public void* Body;

        [FieldOffset(392)]
        public delegate*<void*, int, void> Invoke;
    }

    private readonly struct DelegateItem(Action<int> body) : IWorkItem
    {
        public void Run(int index) => body(index);
    }

    private struct RangeItem<TBody> : IWorkItem
        where TBody : struct, IRangeWorkItem
    {
        public TBody Body;
        public long Length;
        public long Grain;

        public void Run(int index) => Body.Run(index * Grain, Math.Min(Length, (index + 1L) * Grain));
    }

    private sealed class Worker : IDisposable
    {
        private readonly WorkerPool pool;
        private readonly int number;
        private readonly Thread thread;
        private readonly SemaphoreSlim signal = new(0);
        private int jobs;
        private int parked;

        public Worker(WorkerPool pool, int number)
        {
            this.pool = pool;
            this.number = number;
            thread = new Thread(Loop) { IsBackground = true, Name = $"KernelDiff worker {number}" };
        }

        public void Start() => thread.Start();

        /// <summary>Waits for the thread to end.</summary>
        public void Dispose()
        {
            thread.Join();
            signal.Dispose();
        }

        /// <summary>Whoever clears the flag owes, or is owed, exactly one signal: signals cannot pile up.</summary>
        public void Wake()
        {
            if (Volatile.Read(ref parked) != 0 && Interlocked.Exchange(ref parked, 0) != 0)
                signal.Release();
        }

        private void Loop()
        {
            while (!pool.stopping)
            {
                WaitForJob();
                jobs = Volatile.Read(ref pool.job.Number);
                pool.TakeItems(number);
            }
        }

        private bool HasReasonToRun => Volatile.Read(ref pool.job.Number) != jobs || pool.stopping;

        private void WaitForJob()
        {
            for (int spins = 0; spins < SpinsBeforeParking; spins++)
            {
                if (HasReasonToRun)
                    return;
                Thread.SpinWait(1);
            }

            // The flag is up before the last look, and callers publish before they look at flags: one of the two sees the other.
            Interlocked.Exchange(ref parked, 1);
            if (HasReasonToRun && Interlocked.Exchange(ref parked, 0) != 0)
                return;
            signal.Wait();
        }
    }
}
