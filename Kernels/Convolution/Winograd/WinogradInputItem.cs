using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Transforms the inputs of some tiles of a band.</summary>
internal readonly unsafe struct WinogradInputItem<TWinograd, T>(
    WinogradGeometry geometry, WinogradPlan plan, int firstTile, float* source, float* transformed) : IRangeWorkItem
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    /// <summary>Tiles of an item.</summary>
    public const int Grain = 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(long start, long end)
    {
        using var scratch = WorkerScratch.Open();
        var vectors = scratch.Take<float>((long)plan.Planes * T.Width);
        var pixels = (float**)scratch.Take<nint>(plan.Planes);
        var zeros = scratch.Take<float>(geometry.SourceChannels);
        new Span<float>(zeros, geometry.SourceChannels).Clear();
        var rowLength = WinogradPlan.RowLength(geometry.SourceChannels);
        for (var tile = start; tile < end; tile++)
        {
            Locate((int)(firstTile + tile), pixels, zeros);
            TWinograd.TransformInput<T>(pixels, geometry.SourceChannels, transformed + (tile * rowLength), plan.InputPlane, vectors);
        }
    }

    private void Locate(int tile, float** pixels, float* zeros)
    {
        var (row, column) = Math.DivRem(tile, plan.TileColumns);
        (var image, row) = Math.DivRem(row, plan.TileRows);
        var (top, left) = ((row * TWinograd.Tile) - geometry.Top, (column * TWinograd.Tile) - geometry.Left);
        var (height, width) = (geometry.Repeat * geometry.SourceHeight, geometry.Repeat * geometry.SourceWidth);
        var shift = geometry.Repeat - 1;
        for (var y = top; y < top + TWinograd.Edge; y++)
        {
            var line = source + ((((long)image * geometry.SourceHeight) + (y >> shift)) * geometry.SourceWidth * geometry.SourceChannels);
            for (var x = left; x < left + TWinograd.Edge; x++)
            {
                var inside = (uint)y < (uint)height && (uint)x < (uint)width;
                *pixels++ = inside ? line + ((long)(x >> shift) * geometry.SourceChannels) : zeros;
            }
        }
    }
}
