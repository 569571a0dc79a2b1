using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// A weight gradient plane by plane: the product of a plane reads its inputs and gradients once. Its sums go to memory, and are
/// transformed back when all planes are there.
/// </summary>
internal static unsafe class WinogradWeightGradientStages
{
    /// <summary>The sums of some input channels and all output channels in one plane.</summary>
    internal readonly struct PlaneItem<T>(
        ConvolutionShape shape, WinogradWeightGradientPlan plan, WinogradWeightGradientProducts<T> products, float* sums) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public int Items => plan.Planes * plan.RowParts;

        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            var (plane, part) = Math.DivRem(index, plan.RowParts);
            var firstRow = plan.FirstRow(part);
            var rows = Math.Min(plan.FirstRow(part + 1), shape.InputChannels) - firstRow;
            using var scratch = WorkerScratch.Open();
            var pointers = (float**)scratch.Take<nint>(WinogradWeightGradientProducts<T>.BlockTiles);
            var to = sums + (plane * plan.SumsOfAllPlane) + ((long)firstRow * plan.Layout.PaddedColumns);
            for (var panel = 0; panel < plan.Layout.Panels; panel++)
            {
                products.Multiply(plane, panel, firstRow, rows, to + plan.Layout.Column(panel), plan.Layout.PaddedColumns, pointers);
            }
        }
    }

    /// <summary>Transforms the sums of some input channels back.</summary>
    internal readonly struct WriteItem<TWinograd, T>(
        ConvolutionShape shape, WinogradWeightGradientPlan plan, float* sums, float* target, bool accumulate) : IRangeWorkItem
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T>
    {
        /// <summary>Input channels of an item.</summary>
        public const int Grain = 4;

        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            using var scratch = WorkerScratch.Open();
            var output = new WinogradWeightGradientOutput<TWinograd, T>(shape, target, accumulate, scratch);
            for (var row = start; row < end; row++)
            {
                output.Write((int)row, 0, shape.OutputChannels, sums + (row * plan.Layout.PaddedColumns), plan.SumsOfAllPlane);
            }
        }
    }
}
