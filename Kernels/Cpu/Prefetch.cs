using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace KernelDiff.Kernels.Cpu;

/// <summary>Hints that memory will be read soon, for reads too scattered for the processor to foresee. Any address is allowed.</summary>
internal static unsafe class Prefetch
{
    private const int FloatsPerLine = 16;

    /// <summary>Into the first-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Near(float* source, long count)
    {
        if (Sse.IsSupported)
        {
            for (long i = 0; i < count; i += FloatsPerLine)
            {
                Sse.Prefetch0(source + i);
            }
        }
    }

    /// <summary>Into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Far(float* source, long count)
    {
        if (Sse.IsSupported)
        {
            for (long i = 0; i < count; i += FloatsPerLine)
            {
                Sse.Prefetch1(source + i);
            }
        }
    }
}
