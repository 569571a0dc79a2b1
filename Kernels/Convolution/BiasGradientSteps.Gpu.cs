using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Sums over many rows in steps: each turns blocks of rows into one row each, until one row is left. Sums within a block are compensated:
/// the gradient of a bias before a normalisation cancels to zero but for the rounding of what is summed.
/// </summary>
internal static class BiasGradientSteps
{
    /// <summary>Rows that one step sums up.</summary>
    public const int BlockRows = 256;

    /// <summary>Launches a kernel over [blocks of all groups] by [channels].</summary>
    public delegate void LaunchStep(GpuDevice device, int blocks, in Parameters parameters);

    /// <summary>Runs all steps.</summary>
    public static void Launch(GpuDevice device, in BiasGradientArguments arguments, LaunchStep step) =>
        Launch(device, arguments, arguments.OutputGradient, arguments.Rows, step);

    private static void Launch(GpuDevice device, in BiasGradientArguments arguments, DeviceSpan<float> source, int rows, LaunchStep step)
    {
        var blocks = (rows + BlockRows - 1) / BlockRows;
        var isLast = blocks == 1;
        using var sums = device.Rent<float>(isLast ? 0 : Check.Elements(arguments.Groups, blocks, arguments.Channels));
        var target = isLast ? arguments.BiasGradient : sums.Span;
        step(device, arguments.Groups * blocks, new Parameters
        {
            Source = device.View(source),
            Target = device.View(target),
            Rows = rows,
            Blocks = blocks,
            Channels = arguments.Channels,
            Accumulate = isLast && arguments.Accumulate ? 1 : 0,
        });
        if (!isLast)
        {
            Launch(device, arguments, target, blocks, step);
        }
    }

    /// <summary>What a step reads and writes.</summary>
    internal struct Parameters
    {
        /// <summary>[groups][rows][channels].</summary>
        public ArrayView<float> Source;

        /// <summary>[groups][blocks][channels].</summary>
        public ArrayView<float> Target;

        public int Rows;
        public int Blocks;
        public int Channels;
        public int Accumulate;
    }
}
