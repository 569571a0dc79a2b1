using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Products of transformed inputs with transformed output gradients, summed over the tiles of a band.</summary>
internal readonly unsafe struct WinogradWeightGradientProducts<T>(
    ConvolutionShape shape, WinogradWeightGradientPlan plan, int tiles, float* inputs, float* gradients)
    where T : unmanaged, ISimd<T>
{
    /// <summary>Tiles that are summed at a time: their inputs and gradients stay in the first-level cache while rows pass by.</summary>
    public const int BlockTiles = 96;

    /// <summary>The sums of a plane for some input channels and a panel of output channels.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="firstRow">The first input channel.</param>
    /// <param name="rows">Input channels.</param>
    /// <param name="sums">Receives a row per input channel.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="pointers">Room for as many as a block has tiles.</param>
    [MethodImpl(HotLoop.Options)]
    public void Multiply(int plane, int panel, int firstRow, int rows, float* sums, long stride, float** pointers)
    {
        var (inputLength, gradientLength) = (WinogradTiles.RowLength(shape.InputChannels), WinogradTiles.RowLength(shape.OutputChannels));
        var vectors = plan.Layout.Vectors(panel);
        for (var block = 0; block < tiles; block += BlockTiles)
        {
            var count = Math.Min(BlockTiles, tiles - block);
            var input = inputs + (plane * plan.InputPlane) + (block * inputLength) + firstRow;
            var gradient = gradients + (plane * plan.GradientPlane) + (block * gradientLength) + plan.Layout.Column(panel);
            for (var tile = 0; tile < count; tile++)
            {
                pointers[tile] = input + (tile * inputLength);
            }

            for (var row = 0; row < rows; row += plan.MaximumRows)
            {
                MicroKernels.SelectTransposed<T>(Math.Min(plan.MaximumRows, rows - row), vectors)(
                    pointers, row, count, gradient, gradientLength, sums + (row * stride), stride, block > 0);
            }
        }
    }
}
