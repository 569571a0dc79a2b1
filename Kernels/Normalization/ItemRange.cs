using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>Items of a job from <paramref name="first"/> on.</summary>
internal readonly struct ItemRange<TItem>(TItem item, int first) : IWorkItem
    where TItem : struct, IWorkItem
{
    public void Run(int index) => item.Run(first + index);
}
