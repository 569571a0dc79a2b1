using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Sums over rows for GPUs: a group has 32 neighbouring columns and eight lanes of rows, whose sums meet in a tree in shared memory.
/// </summary>
internal static class SharedBiasGradient
{
    private const int Columns = 32;
    private const int Lanes = 8;

    private static readonly GpuKernel<BiasGradientSteps.Parameters> Kernel = new(Sum);

    public static GpuKernel[] Kernels => [Kernel];

    public static void Launch(GpuDevice device, in BiasGradientArguments arguments) =>
        BiasGradientSteps.Launch(device, arguments, LaunchStep);

    private static void LaunchStep(GpuDevice device, int blocks, in BiasGradientSteps.Parameters parameters) =>
        device.Launch(
            Kernel, new Index3D(blocks, (parameters.Channels + Columns - 1) / Columns, 1), new Index3D(Columns, Lanes, 1), parameters);

    internal static void Sum(BiasGradientSteps.Parameters p)
    {
        var sums = SharedMemory.Allocate<float>(Columns * Lanes);
        var rests = SharedMemory.Allocate<float>(Columns * Lanes);
        var group = Grid.IdxX / p.Blocks;
        var block = Grid.IdxX - (group * p.Blocks);
        var firstRow = block * BiasGradientSteps.BlockRows;
        var rows = IntrinsicMath.Min(BiasGradientSteps.BlockRows, p.Rows - firstRow);
        var column = (Grid.IdxY * Columns) + Group.IdxX;
        var isInside = column < p.Channels;
        var own = (Group.IdxY * Columns) + Group.IdxX;

        var sum = default(CompensatedSum);
        if (isInside)
        {
            var from = (((group * p.Rows) + firstRow + Group.IdxY) * p.Channels) + column;
            for (var row = Group.IdxY; row < rows; row += Lanes)
            {
                sum.Add(p.Source[from]);
                from += Lanes * p.Channels;
            }
        }

        sums[own] = sum.High;
        rests[own] = sum.Low;
        Group.Barrier();
        for (var distance = Lanes / 2; distance > 0; distance /= 2)
        {
            if (Group.IdxY < distance)
            {
                sum.Add(sums[own + (distance * Columns)]);
                sum.Low += rests[own + (distance * Columns)];
                sums[own] = sum.High;
                rests[own] = sum.Low;
            }

            Group.Barrier();
        }

        if (isInside && Group.IdxY == 0)
        {
            var to = (Grid.IdxX * p.Channels) + column;
            var total = sum.High + sum.Low;
            p.Target[to] = p.Accumulate != 0 ? p.Target[to] + total : total;
        }
    }
}
