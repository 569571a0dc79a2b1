using System.Runtime.CompilerServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>How a method with a loop over vectors is compiled.</summary>
public static class HotLoop
{
    /// <summary>
    /// Fully optimised from the first call, and never into a caller: a caller that is compiled again takes in so much that operations on
    /// vectors become calls and their operands go through memory.
    /// </summary>
    public const MethodImplOptions Options = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
