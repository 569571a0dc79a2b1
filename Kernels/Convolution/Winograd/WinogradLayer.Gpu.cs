using ILGPU;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Convolutions of 3 x 3 pixels by Winograd's algorithms as ILGPU kernels: weights are transformed, then for each band of tiles the sources
/// are, the planes are multiplied in one launch, and the sums are transformed back.
/// </summary>
/// <remarks>An output is the same chain of operations however tiles are cut into bands.</remarks>
internal static class WinogradLayer<TWinograd, TProducts>
    where TWinograd : IWinogradKernels
    where TProducts : IWinogradProducts
{
    private static readonly int Planes = (TWinograd.Tile + 2) * (TWinograd.Tile + 2);

    public static GpuKernel[] Kernels =>
        [TWinograd.Weights, TWinograd.Source, TWinograd.Target, .. TProducts.Kernels, .. WinogradActivation.Kernels];

    /// <exception cref="DeviceMemoryException">The device has no memory left for transformed weights, sources or sums.</exception>
    public static void Launch(GpuDevice device, in WinogradGeometry geometry, in GatherOperands operands)
    {
        var grid = TileGrid.Of(geometry, TWinograd.Tile);
        var bandTiles = grid.BandTiles(TProducts.BandBytes, (long)Planes * (geometry.SourceChannels + geometry.TargetChannels));
        var sourceStride = (int)WinogradTiles.PlaneLength((long)bandTiles * geometry.SourceChannels);
        var sumsStride = (int)WinogradTiles.PlaneLength((long)bandTiles * geometry.TargetChannels);

        // Several bands need the weights of all channels at hand.
        var columns = geometry.TargetChannels;
        var chunk = bandTiles < grid.Tiles ? columns : TProducts.ChunkColumns(geometry, Planes);
        var weightsStride = (int)WinogradTiles.PlaneLength(TProducts.WeightsLength(geometry, chunk));
        using var weights = device.Rent<float>(Check.Elements(Planes, weightsStride));
        using var sources = device.Rent<float>(Check.Elements(Planes, sourceStride));
        using var sums = device.Rent<float>(Check.Elements(Planes, sumsStride));

        var isActivated = operands.Activation != Activation.None;
        var epilogue = EpilogueOf(device, geometry, operands);
        var source = WinogradSource.Of(geometry, grid) with
        {
            Images = device.View(operands.Source),
            Planes = device.View(sources.Span),
            PlaneStride = sourceStride,
        };
        var target = WinogradTarget.Of(geometry, grid) with
        {
            Planes = device.View(sums.Span),
            PlaneStride = sumsStride,
            Epilogue = isActivated ? epilogue with { HasResidual = 0 } : epilogue,
        };
        for (var first = 0; first < grid.Tiles; first += bandTiles)
        {
            var tiles = Math.Min(bandTiles, grid.Tiles - first);
            WinogradGroups.Launch(
                device, TWinograd.Source, tiles, source.Blocks, TProducts.GroupTiles, source with { FirstTile = first, Tiles = tiles });
            for (var column = 0; column < columns; column += chunk)
            {
                var count = Math.Min(chunk, columns - column);
                if (first == 0)
                {
                    TransformWeights(device, geometry, operands, column, count, device.View(weights.Span), weightsStride);
                }

                TProducts.Multiply(device, geometry, new PlaneProducts
                {
                    Planes = Planes,
                    Rows = tiles,
                    Inner = geometry.SourceChannels,
                    Columns = count,
                    HasFewRows = grid.Rows * grid.Columns <= OuterTile.Size,
                    Left = source.Planes,
                    LeftStride = sourceStride,
                    Right = device.View(weights.Span),
                    RightStride = weightsStride,
                    Sums = target.Planes.SubView(column),
                    SumsRowStride = columns,
                    SumsStride = sumsStride,
                });
            }

            WinogradGroups.Launch(
                device, TWinograd.Target, tiles, target.Blocks, TProducts.GroupTiles, target with { FirstTile = first, Tiles = tiles });
        }

        if (isActivated)
        {
            WinogradActivation.Launch(device, epilogue with { HasBias = 0, HasImageBias = 0 }, operands.Target.Length);
        }
    }

    private static void TransformWeights(
        GpuDevice device,
        in WinogradGeometry geometry,
        in GatherOperands operands,
        int firstColumn,
        int columns,
        ArrayView<float> planes,
        int planeStride)
    {
        var length = TProducts.WeightsLength(geometry, columns);
        using var copy = device.Rent<float>(TProducts.Arranges ? Check.Elements(WinogradGeometry.Taps, length) : 0);
        var weights = device.View(operands.Weights);
        if (TProducts.Arranges)
        {
            TProducts.Arrange(device, geometry, weights, firstColumn, columns, device.View(copy.Span));
            weights = device.View(copy.Span);
        }

        device.LaunchElementwise(TWinograd.Weights, length, new WinogradWeightsParameters
        {
            Weights = weights,
            Planes = planes,
            Length = length,
            PlaneStride = planeStride,
            FirstTap = geometry.IsGradient ? (WinogradGeometry.Taps - 1) * length : 0,
            TapStride = geometry.IsGradient ? -length : length,
        });
    }

    /// <summary>Accumulating adds the target as a residual.</summary>
    private static ConvolutionEpilogue EpilogueOf(GpuDevice device, in WinogradGeometry geometry, in GatherOperands operands) => new()
    {
        Target = device.View(operands.Target),
        Bias = device.View(operands.Bias),
        ImageBias = device.View(operands.ImageBias),
        Residual = device.View(operands.Accumulate ? operands.Target : operands.Residual),
        HasBias = operands.Bias.IsAbsent ? 0 : 1,
        HasImageBias = operands.ImageBias.IsAbsent ? 0 : 1,
        HasResidual = operands.Accumulate || !operands.Residual.IsAbsent ? 1 : 0,
        Activation = (int)operands.Activation,
        Channels = geometry.TargetChannels,
        ImageStride = geometry.TargetHeight * geometry.TargetWidth * geometry.TargetChannels,
        RowStride = geometry.TargetWidth * geometry.TargetChannels,
        PixelStride = geometry.TargetChannels,
    };
}
