using ILGPU;

namespace KernelDiff.Kernels.Gpu;

/// <summary>Launches one thread per element of [batch][rows][channels] such that no thread has to divide to know where it is.</summary>
internal static class RowGrid
{
    /// <summary>Threads of a group along a row.</summary>
    public const int GroupWidth = 32;

    private const int GroupHeight = 8;

    /// <summary>The most groups along y and z that every device grants.</summary>
    public const int MaximumGroups = 65535;

    /// <param name="device">Where to run.</param>
    /// <param name="kernel">Channel, row and image are its global indices along x, y and z.</param>
    /// <param name="batch">Images.</param>
    /// <param name="rows">Of each image.</param>
    /// <param name="channels">Of each row.</param>
    /// <param name="parameters">The parameters of a launch whose first row is the given one.</param>
    public static void Launch<TParameters>(
        GpuDevice device, GpuKernel<TParameters> kernel, int batch, int rows, int channels, Func<int, TParameters> parameters)
        where TParameters : struct
    {
        var columns = (channels + GroupWidth - 1) / GroupWidth;
        for (var firstRow = 0; firstRow < rows; firstRow += MaximumGroups * GroupHeight)
        {
            var groups = Math.Min(MaximumGroups, (rows - firstRow + GroupHeight - 1) / GroupHeight);
            device.Launch(
                kernel, new Index3D(columns, groups, batch), new Index3D(GroupWidth, GroupHeight, 1), parameters(firstRow));
        }
    }
}
