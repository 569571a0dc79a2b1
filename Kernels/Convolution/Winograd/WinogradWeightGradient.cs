using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// SIMD twin of the convolution's weight gradient by a Winograd algorithm: transformed inputs times transformed output gradients, summed
/// over tiles, transformed back once.
/// </summary>
internal readonly unsafe struct WinogradWeightGradient<TWinograd> : ISimdKernel<ConvolutionWeightGradientArguments>
    where TWinograd : IWinograd
{
    public static void Run<T>(CpuDevice device, in ConvolutionWeightGradientArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        var plan = WinogradWeightGradientPlan.Create<TWinograd, T>(shape, device.Workers.Threads);
        using var inputSpace = device.Rent<float>(checked((int)(plan.Planes * plan.InputPlane)));
        using var gradientSpace = device.Rent<float>(checked((int)(plan.Planes * plan.GradientPlane)));
        var inputs = inputSpace.Span.Pointer();
        var gradients = gradientSpace.Span.Pointer();
        var inputTiles = new WinogradTiles
        {
            Source = arguments.Input.Pointer(),
            Height = shape.Height,
            Width = shape.Width,
            Channels = shape.InputChannels,
            Top = shape.Padding.Top,
            Left = shape.Padding.Left,
            Repeat = shape.Upsample ? 2 : 1,
            TileRows = plan.TileRows,
            TileColumns = plan.TileColumns,
            Step = TWinograd.Tile,
            Edge = TWinograd.Edge,
        };
        var gradientTiles = new WinogradTiles
        {
            Source = arguments.OutputGradient.Pointer(),
            Height = shape.OutputHeight,
            Width = shape.OutputWidth,
            Channels = shape.OutputChannels,
            Repeat = 1,
            TileRows = plan.TileRows,
            TileColumns = plan.TileColumns,
            Step = TWinograd.Tile,
            Edge = TWinograd.Tile,
        };
        for (var first = 0; first < plan.Tiles; first += plan.BandTiles)
        {
            var tiles = Math.Min(plan.BandTiles, plan.Tiles - first);
            const int Grain = WinogradTransformItem<TWinograd, T>.Grain;
            device.Workers.ForRanges(
                tiles, Grain, new WinogradTransformItem<TWinograd, T>(inputTiles, first, false, inputs, plan.InputPlane));
            device.Workers.ForRanges(
                tiles, Grain, new WinogradTransformItem<TWinograd, T>(gradientTiles, first, true, gradients, plan.GradientPlane));
            device.Workers.For(plan.Items, new WinogradWeightGradientItem<TWinograd, T>(
                shape, plan, tiles, inputs, gradients, arguments.WeightsGradient.Pointer(), arguments.Accumulate || first > 0));
        }
    }
}
