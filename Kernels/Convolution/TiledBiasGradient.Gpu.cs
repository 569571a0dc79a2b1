using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Sums over rows for CPUs behind OpenCL: a thread is a core, which adds the rows of a block to a row of sums that stays in its first-level
/// cache.
/// </summary>
internal static class TiledBiasGradient
{
    // Columns of a thread: their sums stay in the first-level cache while rows pass by.
    private const int ThreadColumns = 512;

    private static readonly GpuKernel<BiasGradientSteps.Parameters> Kernel = new(Sum);

    public static GpuKernel[] Kernels => [Kernel];

    public static void Launch(GpuDevice device, in BiasGradientArguments arguments) =>
        BiasGradientSteps.Launch(device, arguments, LaunchStep);

    private static void LaunchStep(GpuDevice device, int blocks, in BiasGradientSteps.Parameters parameters) =>
        device.Launch(
            Kernel,
            new Index3D(blocks, (parameters.Channels + ThreadColumns - 1) / ThreadColumns, 1),
            new Index3D(1, 1, 1),
            parameters);

    internal static void Sum(BiasGradientSteps.Parameters p)
    {
        var sums = SharedMemory.Allocate<float>(ThreadColumns);
        var rests = SharedMemory.Allocate<float>(ThreadColumns);
        var group = Grid.IdxX / p.Blocks;
        var block = Grid.IdxX - (group * p.Blocks);
        var firstRow = block * BiasGradientSteps.BlockRows;
        var rows = IntrinsicMath.Min(BiasGradientSteps.BlockRows, p.Rows - firstRow);
        var firstColumn = Grid.IdxY * ThreadColumns;
        var columns = IntrinsicMath.Min(ThreadColumns, p.Channels - firstColumn);
        var from = (((group * p.Rows) + firstRow) * p.Channels) + firstColumn;
        for (var column = 0; column < columns; column++)
        {
            sums[column] = p.Source[from + column];
            rests[column] = 0f;
        }

        for (var row = 1; row < rows; row++)
        {
            from += p.Channels;
            for (var column = 0; column < columns; column++)
            {
                var term = p.Source[from + column];
                var sum = sums[column];
                var total = sum + term;
                var part = total - sum;
                rests[column] += (sum - (total - part)) + (term - part);
                sums[column] = total;
            }
        }

        var to = (Grid.IdxX * p.Channels) + firstColumn;
        if (p.Accumulate != 0)
        {
            for (var column = 0; column < columns; column++)
            {
                rests[column] += p.Target[to + column];
            }
        }

        for (var column = 0; column < columns; column++)
        {
            p.Target[to + column] = sums[column] + rests[column];
        }
    }
}
