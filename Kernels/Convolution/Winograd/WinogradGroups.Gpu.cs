using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Groups of threads that transform tiles: some channels of one tile or of a few neighbouring ones.</summary>
internal static class WinogradGroups
{
    /// <summary>Channels of a group.</summary>
    private const int Channels = 32;

    /// <summary>Groups over the channels of a tile.</summary>
    public static int Blocks(int channels) => CeilingDivide(channels, Channels);

    /// <param name="device">Where.</param>
    /// <param name="kernel">Transforms a channel of a tile.</param>
    /// <param name="tiles">Tiles of the band.</param>
    /// <param name="blocks">Groups over the channels of a tile, which follow one another.</param>
    /// <param name="groupTiles">Tiles of a group.</param>
    /// <param name="parameters">What to transform.</param>
    public static void Launch<TParameters>(
        GpuDevice device, GpuKernel<TParameters> kernel, int tiles, int blocks, int groupTiles, in TParameters parameters)
        where TParameters : struct =>
        device.Launch(
            kernel,
            new Index3D(Check.Elements(CeilingDivide(tiles, groupTiles), blocks), 1, 1),
            new Index3D(Channels, groupTiles, 1),
            parameters);

    private static int CeilingDivide(int dividend, int divisor) => (dividend + divisor - 1) / divisor;
}
