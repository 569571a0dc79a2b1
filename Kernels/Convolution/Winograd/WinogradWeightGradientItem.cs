using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Some input channels by a panel of output channels, from all tiles of a band to the gradient: the sums stay in a cache.</summary>
internal readonly unsafe struct WinogradWeightGradientItem<TWinograd, T>(
    ConvolutionShape shape, WinogradWeightGradientPlan plan, WinogradWeightGradientProducts<T> products, float* target, bool accumulate)
    : IWorkItem
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    [MethodImpl(HotLoop.Options)]
    public void Run(int index)
    {
        var (panel, rowItem) = Math.DivRem(index, plan.RowItems);
        var firstRow = rowItem * plan.RowsPerItem;
        var rows = Math.Min(plan.RowsPerItem, shape.InputChannels - firstRow);
        var width = plan.Layout.Width(panel);
        using var scratch = WorkerScratch.Open();
        var sums = scratch.Take<float>(plan.Planes * plan.SumsPlane);
        var pointers = (float**)scratch.Take<nint>(WinogradWeightGradientProducts<T>.BlockTiles);
        for (var plane = 0; plane < plan.Planes; plane++)
        {
            products.Multiply(plane, panel, firstRow, rows, sums + (plane * plan.SumsPlane), width, pointers);
        }

        var output = new WinogradWeightGradientOutput<TWinograd, T>(shape, target, accumulate, scratch);
        for (var row = 0; row < rows; row++)
        {
            output.Write(firstRow + row, plan.Layout.Column(panel), plan.Layout.ColumnsIn(panel), sums + ((long)row * width), plan.SumsPlane);
        }
    }
}
