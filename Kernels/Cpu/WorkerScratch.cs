using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>
/// Working memory for kernels: each thread has an arena of native memory that grows to what its largest kernel needs and is then
/// reused, so that a kernel in steady state allocates nothing.
/// </summary>
/// <example><code>
/// using WorkerScratch scratch = WorkerScratch.Open();
/// float* panel = scratch.Take&lt;float&gt;(rows * columns);
/// </code></example>
/// <remarks>
/// Scopes nest: a kernel that is called with a scope open takes its memory behind it. Memory stays where it is until its scope closes.
/// </remarks>
public readonly unsafe ref struct WorkerScratch
{
    /// <summary>Every block starts at a multiple of this many bytes: a cache line, and an AVX-512 register.</summary>
    public const int Alignment = 64;

    private static long reservedBytes;

    [ThreadStatic]
    private static Arena? threadArena;

    private readonly Arena arena;
    private readonly int chunk;
    private readonly nuint used;

    private WorkerScratch(Arena arena)
    {
        this.arena = arena;
        chunk = arena.Chunk;
        used = arena.Used;
    }

    /// <summary>Native bytes that the arenas of all threads hold now.</summary>
    public static long ReservedBytes => Interlocked.Read(ref reservedBytes);

    /// <summary>Opens a scope on the calling thread; close it on the same thread, the innermost first.</summary>
    public static WorkerScratch Open() => new(threadArena ??= new Arena());

    /// <summary>Returns <paramref name="count"/> elements of undefined content that are valid until this scope closes.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    /// <exception cref="OutOfMemoryException">The system has no such amount of memory.</exception>
    public T* Take<T>(long count)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return (T*)arena.Take(checked((nuint)count * (nuint)sizeof(T)));
    }

    /// <summary>Hands back what was taken since the scope was opened.</summary>
    public void Dispose() => arena.Release(chunk, used);

    private sealed class Arena
    {
        private const nuint FirstChunk = 256 * 1024;

        private readonly List<(nint Start, nuint Length)> chunks = [];

        /// <summary>The native memory of a thread that ended is freed when its arena becomes unreachable.</summary>
        ~Arena() => FreeAll();

        public int Chunk { get; private set; }

        public nuint Used { get; private set; }

        public void* Take(nuint bytes)
        {
            bytes = checked(bytes + (Alignment - 1)) & ~(nuint)(Alignment - 1);
            while (Chunk < chunks.Count && bytes > chunks[Chunk].Length - Used)
            {
                Chunk++;
                Used = 0;
            }

            if (Chunk == chunks.Count)
                AddChunk(Math.Max(bytes, chunks.Count == 0 ? FirstChunk : 2 * chunks[^1].Length));

            byte* start = (byte*)chunks[Chunk].Start + Used;
            Used += bytes;
            return start;
        }

        public void Release(int chunk, nuint used)
        {
            Chunk = chunk;
            Used = used;
            if (chunk != 0 || used != 0 || chunks.Count <= 1)
                return;

            // Nothing is in use: one chunk of the whole size serves the next kernel without a seam.
            nuint total = 0;
            foreach ((_, nuint length) in chunks)
                total += length;
            FreeAll();
            AddChunk(total);
        }

        private void AddChunk(nuint bytes)
        {
            chunks.Add(((nint)NativeMemory.AlignedAlloc(bytes, Alignment), bytes));
            Interlocked.Add(ref reservedBytes, (long)bytes);
        }

        private void FreeAll()
        {
            foreach ((nint start, nuint length) in chunks)
            {
                NativeMemory.AlignedFree((void*)start);
                Interlocked.Add(ref reservedBytes, -(long)length);
            }

            chunks.Clear();
        }
    }
}
