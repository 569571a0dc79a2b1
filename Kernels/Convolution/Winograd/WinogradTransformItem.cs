using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Transforms some tiles of a band: inputs or, for the gradient of weights, output gradients.</summary>
/// <param name="tiles">Where the tiles lie.</param>
/// <param name="firstTile">The first tile of the band.</param>
/// <param name="areGradients">Whether to transform output gradients.</param>
/// <param name="transformed">The first plane.</param>
/// <param name="plane">Floats from one plane to the next.</param>
internal readonly unsafe struct WinogradTransformItem<TWinograd, T>(
    WinogradTiles tiles, int firstTile, bool areGradients, float* transformed, long plane) : IRangeWorkItem
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    /// <summary>Tiles of an item.</summary>
    public const int Grain = 4;

    [MethodImpl(HotLoop.Options)]
    public void Run(long start, long end)
    {
        using var scratch = WorkerScratch.Open();
        var vectors = scratch.Take<float>((long)TWinograd.Edge * TWinograd.Edge * T.Width);
        var pixels = (float**)scratch.Take<nint>(TWinograd.Edge * TWinograd.Edge);
        var zeros = scratch.Take<float>(tiles.Channels);
        new Span<float>(zeros, tiles.Channels).Clear();
        var rowLength = WinogradTiles.RowLength(tiles.Channels);
        for (var tile = start; tile < end; tile++)
        {
            tiles.Locate((int)(firstTile + tile), pixels, zeros);
            var to = transformed + (tile * rowLength);
            if (areGradients)
            {
                TWinograd.TransformGradient<T>(pixels, tiles.Channels, to, plane, vectors);
            }
            else
            {
                TWinograd.TransformInput<T>(pixels, tiles.Channels, to, plane, vectors);
            }
        }
    }
}
