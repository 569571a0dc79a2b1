using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Outputs of all tiles of a layer that has few: an item is two vectors of target channels, a cache line of weights each.</summary>
internal readonly unsafe struct WinogradFewTilesItem<T>(
    WinogradGeometry geometry, WinogradTiles sources, IndirectConvolution.Operands operands, int tiles, float* inputs) : IWorkItem
    where T : unmanaged, ISimd<T>
{
    private const int VectorsPerItem = 2;

    // Source channels whose weights, for the vectors of an item, stay in the first-level cache beside the sums.
    private const int Depth = 24;

    private const int Planes = WinogradFewTiles.RowPlanes * WinogradFewTiles.RowPlanes;

    private readonly int vectors = geometry.TargetChannels / T.Width;

    public int Items => (vectors + VectorsPerItem - 1) / VectorsPerItem;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var first = index * VectorsPerItem;
        var count = Math.Min(VectorsPerItem, vectors - first);
        var sumsOfVector = (long)Planes * WinogradFewTiles.PassTiles * T.Width;
        using var scratch = WorkerScratch.Open();
        var sums = scratch.Take<float>(count * sumsOfVector);
        var packed = scratch.Take<float>((long)count * Depth * WinogradGeometry.Taps * T.Width);
        new Span<float>(sums, (int)(count * sumsOfVector)).Clear();
        for (var channel = 0; channel < geometry.SourceChannels; channel += Depth)
        {
            var depth = Math.Min(Depth, geometry.SourceChannels - channel);
            Pack(channel, depth, first, count, packed);
            for (var vector = 0; vector < count; vector++)
            {
                var weights = packed + ((long)vector * Depth * WinogradGeometry.Taps * T.Width);
                for (var row = 0; row < WinogradFewTiles.RowPlanes; row++)
                {
                    PrefetchNext(channel + depth, first, count, (vector * WinogradFewTiles.RowPlanes) + row, count * WinogradFewTiles.RowPlanes);
                    Multiply(
                        row,
                        weights,
                        inputs + ((((long)row * geometry.SourceChannels) + channel) * WinogradFewTiles.PassSums),
                        depth,
                        sums + (vector * sumsOfVector) + (row * WinogradFewTiles.PassSums * T.Width));
                }
            }
        }

        for (var vector = 0; vector < count; vector++)
        {
            var output = new WinogradOutput<Winograd4, T>(
                geometry,
                operands,
                sources.TileRows,
                sources.TileColumns,
                (first + vector) * T.Width,
                T.Width,
                WinogradFewTiles.PassTiles * T.Width,
                scratch);
            for (var tile = 0; tile < tiles; tile++)
            {
                output.Write(tile, sums + (vector * sumsOfVector) + (tile * T.Width));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(int row, float* weights, float* values, int depth, float* sums)
    {
        var tapStride = (long)T.Width;
        var rowStride = WinogradGeometry.Taps * tapStride;
        switch (row)
        {
            case 0:
                WinogradRowPass<T, Winograd4Row0>.Multiply(weights, tapStride, rowStride, values, depth, sums);
                break;
            case 1:
                WinogradRowPass<T, Winograd4Row1>.Multiply(weights, tapStride, rowStride, values, depth, sums);
                break;
            case 2:
                WinogradRowPass<T, Winograd4Row2>.Multiply(weights, tapStride, rowStride, values, depth, sums);
                break;
            case 3:
                WinogradRowPass<T, Winograd4Row3>.Multiply(weights, tapStride, rowStride, values, depth, sums);
                break;
            case 4:
                WinogradRowPass<T, Winograd4Row4>.Multiply(weights, tapStride, rowStride, values, depth, sums);
                break;
            default:
                WinogradRowPass<T, Winograd4Row5>.Multiply(weights, tapStride, rowStride, values, depth, sums);
                break;
        }
    }

    /// <summary>Fetches a part of the next block of weights, so that memory works while this one is multiplied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PrefetchNext(int channel, int firstVector, int count, int part, int parts)
    {
        var depth = Math.Min(Depth, geometry.SourceChannels - channel);
        var tapStride = (long)geometry.SourceChannels * geometry.TargetChannels;
        for (var next = depth * part / parts; next < depth * (part + 1) / parts; next++)
        {
            var line = operands.Weights + ((long)(channel + next) * geometry.TargetChannels) + (firstVector * T.Width);
            for (var tap = 0; tap < WinogradGeometry.Taps; tap++, line += tapStride)
            {
                Prefetch.Far(line, count * T.Width);
            }
        }
    }

    /// <summary>Copies a block of weights, vector by vector and channel by channel: where they lie, many would share a set of the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(int channel, int depth, int firstVector, int count, float* packed)
    {
        var tapStride = (long)geometry.SourceChannels * geometry.TargetChannels;
        for (var vector = 0; vector < count; vector++)
        {
            var to = packed + ((long)vector * Depth * WinogradGeometry.Taps * T.Width);
            var row = operands.Weights + ((long)channel * geometry.TargetChannels) + ((firstVector + vector) * T.Width);
            for (var i = 0; i < depth; i++, row += geometry.TargetChannels)
            {
                var from = row;
                for (var tap = 0; tap < WinogradGeometry.Taps; tap++, from += tapStride, to += T.Width)
                {
                    T.Store(T.Load(from), to);
                }
            }
        }
    }
}
