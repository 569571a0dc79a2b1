using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>One item of a weight gradient: some input channels by a panel of output channels, over all tiles of a band.</summary>
internal readonly unsafe struct WinogradWeightGradientItem<TWinograd, T>(
    ConvolutionShape shape, WinogradWeightGradientPlan plan, int tiles, float* inputs, float* gradients, float* target, bool accumulate)
    : IWorkItem
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    private const int Taps = 9;

    // Tiles whose inputs and gradients stay in the first-level cache while the rows of an item pass by.
    private const int BlockTiles = 96;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var (panel, rowItem) = Math.DivRem(index, plan.RowItems);
        var firstRow = rowItem * plan.RowsPerItem;
        var rows = Math.Min(plan.RowsPerItem, shape.InputChannels - firstRow);
        using var scratch = WorkerScratch.Open();
        var sums = scratch.Take<float>(plan.Planes * plan.SumsPlane);
        var pointers = (float**)scratch.Take<nint>(BlockTiles);
        for (var plane = 0; plane < plan.Planes; plane++)
        {
            for (var block = 0; block < tiles; block += BlockTiles)
            {
                Multiply(plane, panel, firstRow, rows, block, Math.Min(BlockTiles, tiles - block), sums + (plane * plan.SumsPlane), pointers);
            }
        }

        Write(panel, firstRow, rows, sums, scratch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(int plane, int panel, int firstRow, int rows, int block, int count, float* sums, float** pointers)
    {
        var (inputLength, gradientLength) = (WinogradTiles.RowLength(shape.InputChannels), WinogradTiles.RowLength(shape.OutputChannels));
        var (vectors, width) = (plan.Layout.Vectors(panel), plan.Layout.Width(panel));
        var input = inputs + (plane * plan.InputPlane) + (block * inputLength) + firstRow;
        var gradient = gradients + (plane * plan.GradientPlane) + (block * gradientLength) + plan.Layout.Column(panel);
        for (var tile = 0; tile < count; tile++)
        {
            pointers[tile] = input + (tile * inputLength);
        }

        for (var row = 0; row < rows; row += plan.MaximumRows)
        {
            MicroKernels.SelectTransposed<T>(Math.Min(plan.MaximumRows, rows - row), vectors)(
                pointers, row, count, gradient, gradientLength, sums + (row * width), width, block > 0);
        }
    }

    /// <summary>Transforms sums back and stores or adds them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Write(int panel, int firstRow, int rows, float* sums, in WorkerScratch scratch)
    {
        var vectors = scratch.Take<float>((long)plan.Planes * T.Width);
        var taps = scratch.Take<float>(Taps * T.Width);
        var (column, columns, width) = (plan.Layout.Column(panel), plan.Layout.ColumnsIn(panel), plan.Layout.Width(panel));
        for (var row = 0; row < rows; row++)
        {
            for (var channel = 0; channel < columns; channel += T.Width)
            {
                TWinograd.TransformSums<T>(sums + (row * width) + channel, plan.SumsPlane, taps, vectors);
                var count = Math.Min(T.Width, columns - channel);
                for (var tap = 0; tap < Taps; tap++)
                {
                    var to = target + ((((long)tap * shape.InputChannels) + firstRow + row) * shape.OutputChannels) + column + channel;
                    var value = T.Load(taps + (tap * T.Width));
                    T.StorePartial(accumulate ? value + T.LoadPartial(to, count) : value, to, count);
                }
            }
        }
    }
}
