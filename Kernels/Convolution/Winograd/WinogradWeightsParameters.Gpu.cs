using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Parameters of the kernels that transform weights and, back, their gradients: one thread for each pair of channels.</summary>
internal struct WinogradWeightsParameters
{
    /// <summary>[9][length].</summary>
    public ArrayView<float> Weights;

    /// <summary>[planes][planeStride], the first elements of each plane are used.</summary>
    public ArrayView<float> Planes;

    public int Length;
    public int PlaneStride;

    // Where the kernel's first tap is, and the elements to the next one: backwards for a kernel that is turned by half a turn.
    public int FirstTap;
    public int TapStride;

    /// <summary>Whether gradients are added to what is there.</summary>
    public int Accumulate;

    /// <summary>A tap of the kernel, counted row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Tap(int tap, int index) => Weights[FirstTap + (tap * TapStride) + index];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(int plane, int index, float value) => Planes[(plane * PlaneStride) + index] = value;

    /// <summary>A sum of products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Sum(int plane, int index) => Planes[(plane * PlaneStride) + index];

    /// <summary>Writes, or adds to, the gradient of a tap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreTap(int tap, int index, float value)
    {
        var at = FirstTap + (tap * TapStride) + index;
        Weights[at] = Accumulate != 0 ? Weights[at] + value : value;
    }
}
