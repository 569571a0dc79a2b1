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
        where T : unmanaged, ISimd<T> =>
        Run<T>(device, arguments, WinogradWeightGradientPlan.Create<TWinograd, T>(arguments.Shape, device.Workers.Threads));

    /// <exception cref="DeviceMemoryException">The system has no memory left for transformed inputs, gradients and sums.</exception>
    public static void Run<T>(CpuDevice device, in ConvolutionWeightGradientArguments arguments, in WinogradWeightGradientPlan plan)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
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
            var products = new WinogradWeightGradientProducts<T>(shape, plan, tiles, inputs, gradients);
            var target = arguments.WeightsGradient.Pointer();
            var accumulate = arguments.Accumulate || first > 0;
            if (plan.InStages)
            {
                RunStages(device, shape, plan, products, target, accumulate);
            }
            else
            {
                device.Workers.For(
                    plan.Items, new WinogradWeightGradientItem<TWinograd, T>(shape, plan, products, target, accumulate));
            }
        }
    }

    private static void RunStages<T>(
        CpuDevice device,
        in ConvolutionShape shape,
        in WinogradWeightGradientPlan plan,
        in WinogradWeightGradientProducts<T> products,
        float* target,
        bool accumulate)
        where T : unmanaged, ISimd<T>
    {
        using var workspace = device.Rent<float>(checked((int)(plan.Planes * plan.SumsOfAllPlane)));
        var sums = workspace.Span.Pointer();
        var item = new WinogradWeightGradientStages.PlaneItem<T>(shape, plan, products, sums);
        device.Workers.For(item.Items, item);
        device.Workers.ForRanges(
            shape.InputChannels,
            WinogradWeightGradientStages.WriteItem<TWinograd, T>.Grain,
            new WinogradWeightGradientStages.WriteItem<TWinograd, T>(shape, plan, sums, target, accumulate));
    }
}
