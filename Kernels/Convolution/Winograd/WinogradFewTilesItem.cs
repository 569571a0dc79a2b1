using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Outputs of all tiles of a layer that has few: an item is two vectors of target channels, a cache line of weights each.</summary>
internal readonly unsafe struct WinogradFewTilesItem(
    WinogradGeometry geometry, WinogradTiles sources, IndirectConvolution.Operands operands, int tiles, float* inputs) : IWorkItem
{
    private const int Width = WinogradRowPass.Width;
    private const int VectorsPerItem = WinogradRowPass.FetchedVectors;

    // Source channels whose weights, for one vector, stay in the first-level cache beside the sums and the inputs of a pass.
    private const int Depth = 24;

    private const int SumsOfRow = WinogradFewTiles.PassSums * Width;
    private const int SumsOfGroup = WinogradFewTiles.RowPlanes * SumsOfRow;

    private readonly int vectors = geometry.TargetChannels / Width;
    private readonly int groups = WinogradFewTiles.Groups(tiles);

    public int Items => (vectors + VectorsPerItem - 1) / VectorsPerItem;

    private int SumsOfVector => groups * SumsOfGroup;

    [MethodImpl(HotLoop.Options)]
    public void Run(int index)
    {
        var first = index * VectorsPerItem;
        var count = Math.Min(VectorsPerItem, vectors - first);
        using var scratch = WorkerScratch.Open();
        var sums = scratch.Take<float>(count * SumsOfVector);
        var packed = scratch.Take<float>(Depth * WinogradGeometry.Taps * Width);
        new Span<float>(sums, count * SumsOfVector).Clear();
        for (var channel = 0; channel < geometry.SourceChannels; channel += Depth)
        {
            for (var vector = 0; vector < count; vector++)
            {
                Multiply(channel, first, vector, packed, sums + (vector * SumsOfVector));
            }
        }

        for (var vector = 0; vector < count; vector++)
        {
            Write(first + vector, sums + (vector * SumsOfVector), scratch);
        }
    }

    /// <summary>Multiplies a block of weights of one vector, row by row and group by group.</summary>
    [MethodImpl(HotLoop.Options)]
    private void Multiply(int channel, int firstVector, int vector, float* packed, float* sums)
    {
        var depth = Math.Min(Depth, geometry.SourceChannels - channel);
        var weights = operands.Weights + ((long)channel * geometry.TargetChannels) + (firstVector * Width);
        var tapStride = (long)geometry.SourceChannels * geometry.TargetChannels;
        var hasNext = channel + Depth < geometry.SourceChannels;
        for (var row = 0; row < WinogradFewTiles.RowPlanes; row++)
        {
            for (var group = 0; group < groups; group++)
            {
                // The first passes of a block fetch a tap of the next one each, so that memory works while this one is multiplied.
                var tap = (((vector * WinogradFewTiles.RowPlanes) + row) * groups) + group;
                var fetches = hasNext && tap < WinogradGeometry.Taps;
                var line = ((group * WinogradFewTiles.RowPlanes) + row) * (long)geometry.SourceChannels;
                WinogradRowPass.Multiply(row, new WinogradRowOperands
                {
                    Depth = depth,
                    Source = row == 0 && group == 0 ? weights + (vector * Width) : null,
                    TapStride = tapStride,
                    RowStride = geometry.TargetChannels,
                    Packed = packed,
                    Values = inputs + ((line + channel) * WinogradFewTiles.PassSums),
                    Sums = sums + (group * SumsOfGroup) + (row * SumsOfRow),
                    Fetched = fetches ? weights + (tap * tapStride) + ((long)Depth * geometry.TargetChannels) : packed,
                    FetchedStride = fetches ? geometry.TargetChannels : 0,
                });
            }
        }
    }

    private void Write(int vector, float* sums, in WorkerScratch scratch)
    {
        var output = new WinogradOutput<Winograd4, Float512>(
            geometry,
            operands,
            sources.TileRows,
            sources.TileColumns,
            vector * Width,
            Width,
            WinogradFewTiles.PassTiles * Width,
            scratch);
        for (var tile = 0; tile < tiles; tile++)
        {
            var (group, number) = Math.DivRem(tile, WinogradFewTiles.PassTiles);
            output.Write(tile, sums + (group * SumsOfGroup) + (number * Width));
        }
    }
}
