using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>Runs an item of one job and then the same item of another: for images that are one item of either.</summary>
internal readonly struct ItemSequence<TFirst, TSecond>(TFirst first, TSecond second) : IWorkItem
    where TFirst : struct, IWorkItem
    where TSecond : struct, IWorkItem
{
    public void Run(int index)
    {
        first.Run(index);
        second.Run(index);
    }

    /// <summary>This sequence and then the same item of <paramref name="third"/>.</summary>
    public ItemSequence<ItemSequence<TFirst, TSecond>, TThird> Then<TThird>(TThird third)
        where TThird : struct, IWorkItem => new(this, third);
}
