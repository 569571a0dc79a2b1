using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>SIMD: adds the images' parts of the gradients of bias and weight, in their order.</summary>
internal static unsafe class ParameterGradients
{
    /// <param name="batch">Images.</param>
    /// <param name="channels">Of each image.</param>
    /// <param name="imageStride">From one image's sums to the next image's.</param>
    /// <param name="sums">[bias, weight][channel] of each image.</param>
    /// <param name="weightGradient">[channels] or null.</param>
    /// <param name="biasGradient">[channels] or null.</param>
    /// <param name="accumulate">Whether to add to the gradients.</param>
    [MethodImpl(HotLoop.Options)]
    public static void Sum<T>(
        int batch, int channels, long imageStride, float* sums, float* weightGradient, float* biasGradient, bool accumulate)
        where T : unmanaged, ISimd<T>
    {
        if (biasGradient != null)
        {
            Sum<T>(batch, channels, imageStride, sums, biasGradient, accumulate);
        }

        if (weightGradient != null)
        {
            Sum<T>(batch, channels, imageStride, sums + channels, weightGradient, accumulate);
        }
    }

    [MethodImpl(HotLoop.Options)]
    private static void Sum<T>(int batch, int channels, long imageStride, float* sums, float* gradient, bool accumulate)
        where T : unmanaged, ISimd<T>
    {
        for (var c = 0; c < channels; c += T.Width)
        {
            var lanes = Math.Min(T.Width, channels - c);
            CompensatedSum<T> images = default;
            for (var image = 0; image < batch; image++)
            {
                images += T.LoadPartial(sums + (image * imageStride) + c, lanes);
            }

            var total = images.Total;
            if (accumulate)
            {
                total += T.LoadPartial(gradient + c, lanes);
            }

            T.StorePartial(total, gradient + c, lanes);
        }
    }
}
