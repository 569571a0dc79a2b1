using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Winograd's F(4 x 4) of so few tiles that transformed weights are used only a few times: they are multiplied while they are in registers,
/// and never stored.
/// </summary>
/// <remarks>
/// A pass holds the sums of one row of planes for a group of four tiles and a vector of target channels in registers while source channels
/// run; the passes over a block of weights, which stays in the first-level cache, transform it row by row. Every sum is the same chain of
/// operations as in the other ways of cutting a layer.
/// </remarks>
internal static unsafe class WinogradFewTiles
{
    /// <summary>Tiles of a group.</summary>
    public const int PassTiles = 4;

    /// <summary>Planes of a row.</summary>
    public const int RowPlanes = 6;

    /// <summary>Sums of a pass: with the weights of a source channel they fill the registers of AVX-512.</summary>
    public const int PassSums = RowPlanes * PassTiles;

    // Every group transforms the weights again: with more groups, storing them is faster.
    private const int MostTiles = 2 * PassTiles;

    /// <summary>Whether this is faster than storing transformed weights.</summary>
    public static bool Pays<TWinograd, T>(in WinogradGeometry geometry)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T> =>
        typeof(TWinograd) == typeof(Winograd4)
        && typeof(T) == typeof(Float512)
        && !geometry.IsGradient
        && geometry.Phase == null
        && geometry.TargetChannels % T.Width == 0
        && Grid(geometry).Tiles <= MostTiles;

    /// <summary>The tiles of all images.</summary>
    public static TileGrid Grid(in WinogradGeometry geometry) => TileGrid.Of(geometry, Winograd4.Tile);

    /// <summary>Groups that so many tiles make; the last one may have tiles that are not there.</summary>
    public static int Groups(int tiles) => (tiles + PassTiles - 1) / PassTiles;

    /// <exception cref="DeviceMemoryException">The system has no memory left for the transformed inputs.</exception>
    public static void Run(CpuDevice device, in WinogradGeometry geometry, in WinogradTiles sources, in IndirectConvolution.Operands operands)
    {
        var tiles = Grid(geometry).Tiles;
        var rows = Groups(tiles) * RowPlanes;
        var plane = WinogradTiles.PlaneLength(tiles * WinogradTiles.RowLength(geometry.SourceChannels));
        using var planes = device.Rent<float>(Check.Elements(RowPlanes * RowPlanes, checked((int)plane)));
        using var interleaved = device.Rent<float>(Check.Elements(rows, geometry.SourceChannels, PassSums));
        device.Workers.ForRanges(tiles, 1, new WinogradTransformItem<Winograd4, Float512>(sources, 0, false, planes.Span.Pointer(), plane));
        var interleave = new Interleave(geometry.SourceChannels, tiles, planes.Span.Pointer(), plane, interleaved.Span.Pointer());
        device.Workers.For(rows, interleave);
        var item = new WinogradFewTilesItem(geometry, sources, operands, tiles, interleaved.Span.Pointer());
        device.Workers.For(item.Items, item);
    }

    /// <summary>
    /// Gathers, row by row of every group, what a pass reads for a source channel: the row's planes of the group's tiles, zero for tiles
    /// that are not there.
    /// </summary>
    private readonly struct Interleave(int channels, int tiles, float* planes, long plane, float* interleaved) : IWorkItem
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            var (group, row) = Math.DivRem(index, RowPlanes);
            var length = WinogradTiles.RowLength(channels);
            var to = interleaved + ((long)index * channels * PassSums);
            var first = group * PassTiles;
            for (var channel = 0; channel < channels; channel++)
            {
                for (var column = 0; column < RowPlanes; column++)
                {
                    var from = planes + (((row * RowPlanes) + column) * plane) + (first * length) + channel;
                    for (var tile = first; tile < first + PassTiles; tile++, to++, from += length)
                    {
                        *to = tile < tiles ? *from : 0;
                    }
                }
            }
        }
    }
}
