namespace KernelDiff.Kernels.Resampling;

/// <summary>Pixels <see cref="First"/> to <see cref="End"/> - 1 along one axis.</summary>
internal struct PixelRange
{
    public int First;
    public int End;
}
