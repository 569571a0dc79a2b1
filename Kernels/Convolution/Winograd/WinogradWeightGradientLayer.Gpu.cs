using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Weight gradients of convolutions of 3 x 3 pixels by Winograd's algorithms as ILGPU kernels: for each band of tiles, sources and output
/// gradients are transformed and multiplied plane by plane, summed over tiles; the sums of all bands are transformed back once.
/// </summary>
/// <remarks>Bands are added up one after the other: they follow from the shape alone.</remarks>
internal static class WinogradWeightGradientLayer<TWinograd, TProducts>
    where TWinograd : IWinogradKernels
    where TProducts : IWinogradProducts
{
    /// <summary>The most tiles of a band: terms that a matrix product sums up in one go.</summary>
    private const int MostTiles = 1024;

    private static readonly int Planes = (TWinograd.Tile + 2) * (TWinograd.Tile + 2);

    public static GpuKernel[] Kernels => [TWinograd.Source, TWinograd.Gradient, TWinograd.Sums, .. TProducts.Matmul.Kernels];

    /// <exception cref="DeviceMemoryException">The device has no memory left for transformed sources, gradients or sums.</exception>
    public static void Launch(GpuDevice device, in ConvolutionShape shape, in WeightGradientOperands operands)
    {
        var forward = WinogradGeometry.Forward(shape);
        var grid = TileGrid.Of(forward, TWinograd.Tile);
        var bandTiles = grid.BandTiles(
            TProducts.BandBytes, (long)Planes * (forward.SourceChannels + forward.TargetChannels), MostTiles);
        var sourceStride = (int)WinogradTiles.PlaneLength((long)bandTiles * forward.SourceChannels);
        var gradientStride = (int)WinogradTiles.PlaneLength((long)bandTiles * forward.TargetChannels);
        var sumsLength = forward.SourceChannels * forward.TargetChannels;
        var sumsStride = (int)WinogradTiles.PlaneLength(sumsLength);
        using var sources = device.Rent<float>(Check.Elements(Planes, sourceStride));
        using var gradients = device.Rent<float>(Check.Elements(Planes, gradientStride));
        using var sums = device.Rent<float>(Check.Elements(Planes, sumsStride));

        var source = WinogradSource.Of(forward, grid) with
        {
            Images = device.View(operands.Left),
            Planes = device.View(sources.Span),
            PlaneStride = sourceStride,
        };
        var gradient = WinogradSource.Of(WinogradGeometry.OutputGradient(shape), grid) with
        {
            Images = device.View(operands.Right),
            Planes = device.View(gradients.Span),
            PlaneStride = gradientStride,
        };
        for (var first = 0; first < grid.Tiles; first += bandTiles)
        {
            var count = Math.Min(bandTiles, grid.Tiles - first);
            WinogradGroups.Launch(
                device, TWinograd.Source, count, source.Blocks, TProducts.GroupTiles, source with { FirstTile = first, Tiles = count });
            WinogradGroups.Launch(
                device, TWinograd.Gradient, count, gradient.Blocks, TProducts.GroupTiles, gradient with { FirstTile = first, Tiles = count });
            TProducts.Matmul.Run(device, new MatmulArguments
            {
                Batch = Planes,
                Rows = forward.SourceChannels,
                Columns = forward.TargetChannels,
                Inner = count,
                Left = sources.Span,
                TransposeLeft = true,
                LeftBatchStride = sourceStride,
                Right = gradients.Span,
                RightBatchStride = gradientStride,
                Output = sums.Span,
                OutputBatchStride = sumsStride,
                Beta = first == 0 ? 0 : 1,
            });
        }

        device.LaunchElementwise(TWinograd.Sums, sumsLength, new WinogradWeightsParameters
        {
            Weights = device.View(operands.Gradient),
            Planes = device.View(sums.Span),
            Length = sumsLength,
            PlaneStride = sumsStride,
            TapStride = sumsLength,
            Accumulate = operands.Accumulate ? 1 : 0,
        });
    }
}
