using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Parameters of the kernels that transform weights, one thread for each pair of channels.</summary>
internal struct WinogradWeightsParameters
{
    /// <summary>[9][length].</summary>
    public ArrayView<float> Weights;

    /// <summary>[planes][planeStride], the first elements of each plane are written.</summary>
    public ArrayView<float> Planes;

    public int Length;
    public int PlaneStride;

    // Where the kernel's first tap is, and the elements to the next one: backwards for a kernel that is turned by half a turn.
    public int FirstTap;
    public int TapStride;

    /// <summary>A tap of the kernel, counted row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Tap(int tap, int index) => Weights[FirstTap + (tap * TapStride) + index];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(int plane, int index, float value) => Planes[(plane * PlaneStride) + index] = value;
}
