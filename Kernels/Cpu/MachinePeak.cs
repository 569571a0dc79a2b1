using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>
/// What this machine can do at most, measured: the denominators of a kernel's share of peak. Each figure is the best of several short
/// rounds, because other processes can only slow a round down.
/// </summary>
public static unsafe class MachinePeak
{
    private const int Rounds = 12;

    // About 2 ms of work per round: long against the hand-over to a thread, short against the slices of a scheduler.
    private const int Iterations = 600_000;
    private const long BytesPerRound = 128L << 20;

    /// <summary>Additions and multiplications per second of all threads of the device, at its vector width, out of registers.</summary>
    public static double FloatingPointOperationsPerSecond(CpuDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.Width switch
        {
            SimdWidth.Vector512 => Measure<Float512>(device.Workers),
            SimdWidth.Vector256 => Measure<Float256>(device.Workers),
            _ => Measure<Float128>(device.Workers),
        };
    }

    /// <summary>Bytes per second that all threads of the device read together, each its own part of a block of memory.</summary>
    /// <param name="device">Its threads and vector width are used.</param>
    /// <param name="byteLength">
    /// Size of the block: a few hundred KiB stay in the caches of the cores, hundreds of MiB show the memory itself.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The block has less than 4 KiB per thread.</exception>
    /// <exception cref="OutOfMemoryException">The system has no such amount of memory.</exception>
    public static double ReadBytesPerSecond(CpuDevice device, long byteLength)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfLessThan(byteLength, 4096L * device.Workers.Threads);
        return device.Width switch
        {
            SimdWidth.Vector512 => MeasureRead<Float512>(device.Workers, byteLength),
            SimdWidth.Vector256 => MeasureRead<Float256>(device.Workers, byteLength),
            _ => MeasureRead<Float128>(device.Workers, byteLength),
        };
    }

    private static double Measure<T>(WorkerPool workers)
        where T : unmanaged, ISimd<T>
    {
        var operations = 2.0 * MultiplyAddItem<T>.Chains * T.Width * Iterations * workers.Threads;
        var result = 0f;
        return operations / BestSeconds(workers, new MultiplyAddItem<T>(&result));
    }

    private static double MeasureRead<T>(WorkerPool workers, long byteLength)
        where T : unmanaged, ISimd<T>
    {
        const long BytesPerStep = 4 * 64;
        var perThread = byteLength / workers.Threads / BytesPerStep * BytesPerStep;
        var total = perThread * workers.Threads;
        var repeats = (int)Math.Max(1, BytesPerRound / total);
        var memory = NativeMemory.AlignedAlloc((nuint)total, 2 << 20);
        try
        {
            HugePages.Advise(memory, total);
            NativeMemory.Clear(memory, (nuint)total);
            var result = 0f;
            var item = new ReadItem<T>((float*)memory, perThread / sizeof(float), repeats, &result);
            return (double)total * repeats / BestSeconds(workers, item);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static double BestSeconds<TItem>(WorkerPool workers, TItem item)
        where TItem : struct, IWorkItem
    {
        var best = double.MaxValue;
        for (var i = 0; i < Rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            workers.For(workers.Threads, item);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    /// <summary>Independent chains of multiply-adds: enough to hide a latency of four cycles on three multipliers.</summary>
    private readonly struct MultiplyAddItem<T>(float* result) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public const int Chains = 12;

        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            // The factors keep every chain near one: neither infinite nor subnormal, which some processors treat slowly.
            var a = T.Create(0.5f);
            var b = T.Create(0.5f);
            T c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
            for (var i = 0; i < Iterations; i++)
            {
                c0 = T.MultiplyAdd(c0, a, b);
                c1 = T.MultiplyAdd(c1, a, b);
                c2 = T.MultiplyAdd(c2, a, b);
                c3 = T.MultiplyAdd(c3, a, b);
                c4 = T.MultiplyAdd(c4, a, b);
                c5 = T.MultiplyAdd(c5, a, b);
                c6 = T.MultiplyAdd(c6, a, b);
                c7 = T.MultiplyAdd(c7, a, b);
                c8 = T.MultiplyAdd(c8, a, b);
                c9 = T.MultiplyAdd(c9, a, b);
                c10 = T.MultiplyAdd(c10, a, b);
                c11 = T.MultiplyAdd(c11, a, b);
            }

            // Stored, so that the compiler cannot leave the loop out.
            Volatile.Write(ref *result, T.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11));
        }
    }

    private readonly struct ReadItem<T>(float* memory, long length, int repeats, float* result) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            var start = memory + (index * length);
            T sum0 = T.Zero, sum1 = T.Zero, sum2 = T.Zero, sum3 = T.Zero;
            for (var repeat = 0; repeat < repeats; repeat++)
            {
                for (var p = start; p < start + length; p += 4 * T.Width)
                {
                    sum0 += T.Load(p);
                    sum1 += T.Load(p + T.Width);
                    sum2 += T.Load(p + (2 * T.Width));
                    sum3 += T.Load(p + (3 * T.Width));
                }
            }

            Volatile.Write(ref *result, T.Sum(sum0 + sum1 + sum2 + sum3));
        }
    }
}
