using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// GPU: center, factor and offset per channel of an image from statistics that are known already: those saved by a forward pass, or
/// running ones. One thread per channel and image.
/// </summary>
internal static class ForwardCoefficientsKernels
{
    public static readonly GpuKernel<Parameters> Kernel = new(Coefficients);

    public static void Launch(GpuDevice device, int batch, in Parameters parameters)
    {
        var size = Math.Min(128, device.Description.MaximumGroupSize);
        device.Launch(
            Kernel, new Index3D((parameters.Channels + size - 1) / size, batch, 1), new Index3D(size, 1, 1), parameters);
    }

    internal static void Coefficients(Parameters p)
    {
        var channel = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (channel < p.Channels)
        {
            var image = Grid.IdxY;
            var group = (image * p.Groups) + (channel / (p.Channels / p.Groups));
            var spread = p.Spread[group];
            if (p.IsVariance != 0)
            {
                spread = 1f / XMath.Sqrt(spread + p.Epsilon);
            }

            var at = (image * p.Stride * p.Channels) + channel;
            p.Result[at] = p.Mean[group];
            p.Result[at + p.Channels] = spread * p.Affine.Factor(image, channel);
            p.Result[at + (2 * p.Channels)] = p.Affine.Offset(image, channel);
        }
    }

    internal struct Parameters
    {
        /// <summary>[batch][groups].</summary>
        public ArrayView<float> Mean;

        /// <summary>[batch][groups]: reciprocal deviations or variances.</summary>
        public ArrayView<float> Spread;

        public AffineOperands Affine;

        /// <summary>[batch][stride][channels], the first three of each image are written.</summary>
        public ArrayView<float> Result;

        public int IsVariance;
        public int Stride;
        public int Channels;
        public int Groups;
        public float Epsilon;
    }
}
