using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Convolutions of 3 x 3 pixels on the CPU by Winograd's algorithms: for each band of tiles, one pass transforms inputs, and another one
/// transforms weights, multiplies, transforms back and applies the epilogue while everything is in the cache.
/// </summary>
/// <remarks>
/// Weights are transformed in every call, a panel at a time into the cache. Transformed weights are 4 times (F(4 x 4)) or 1.8 times as
/// large as the weights: where a layer has many weights and few pixels, reading them from memory takes longer than computing them, and
/// where it has many pixels, computing them is a few hundredths of the work. So nothing is kept that could go stale.
/// </remarks>
internal static class WinogradConvolution
{
    /// <exception cref="DeviceMemoryException">The system has no memory left for the transformed inputs.</exception>
    public static unsafe void Run<TWinograd, T>(CpuDevice device, in WinogradGeometry geometry, in IndirectConvolution.Operands operands)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T>
    {
        var plan = WinogradPlan.Create<TWinograd, T>(geometry, device.Workers.Threads);
        using var workspace = device.Rent<float>(checked((int)(plan.Planes * plan.InputPlane)));
        var transformed = workspace.Span.Pointer();
        var sources = new WinogradTiles
        {
            Source = operands.Source,
            Height = geometry.SourceHeight,
            Width = geometry.SourceWidth,
            Channels = geometry.SourceChannels,
            Top = geometry.Top,
            Left = geometry.Left,
            Repeat = geometry.Repeat,
            TileRows = plan.TileRows,
            TileColumns = plan.TileColumns,
            Step = TWinograd.Tile,
            Edge = TWinograd.Edge,
        };
        for (var first = 0; first < plan.Tiles; first += plan.BandTiles)
        {
            var tiles = Math.Min(plan.BandTiles, plan.Tiles - first);
            device.Workers.ForRanges(
                tiles,
                WinogradTransformItem<TWinograd, T>.Grain,
                new WinogradTransformItem<TWinograd, T>(sources, first, false, transformed, plan.InputPlane));
            var item = new WinogradProductItem<TWinograd, T>(geometry, plan, operands, first, tiles, transformed);
            device.Workers.For(item.Items, item);
        }
    }
}

/// <summary>SIMD twin of the convolution by a Winograd algorithm.</summary>
internal readonly unsafe struct WinogradForward<TWinograd> : ISimdKernel<ConvolutionArguments>
    where TWinograd : IWinograd
{
    public static void Run<T>(CpuDevice device, in ConvolutionArguments arguments)
        where T : unmanaged, ISimd<T> =>
        WinogradConvolution.Run<TWinograd, T>(
            device, WinogradGeometry.Forward(arguments.Shape), IndirectConvolution.Operands.Of(arguments));
}

/// <summary>SIMD twin of the convolution's input gradient by a Winograd algorithm.</summary>
internal readonly unsafe struct WinogradInputGradient<TWinograd> : ISimdKernel<ConvolutionInputGradientArguments>
    where TWinograd : IWinograd
{
    public static void Run<T>(CpuDevice device, in ConvolutionInputGradientArguments arguments)
        where T : unmanaged, ISimd<T> =>
        WinogradConvolution.Run<TWinograd, T>(
            device, WinogradGeometry.InputGradient(arguments.Shape), IndirectConvolution.Operands.Of(arguments));
}
