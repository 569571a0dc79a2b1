using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Convolutions for CPUs behind OpenCL: a thread is a core, which holds neighbouring target pixels in its vector registers, reads packed
/// weights as vectors and broadcasts elements of the source.
/// </summary>
/// <remarks>
/// The taps of one row of the kernel and their channels are consecutive in memory, so each row of the kernel is one loop.
/// </remarks>
internal static class TiledConvolution
{
    private static readonly GpuKernel<Parameters> Wide = new(Multiply<Rows4<Columns64>>);
    private static readonly GpuKernel<Parameters> Narrow = new(Multiply<Rows4<Columns32>>);

    public static GpuKernel[] Kernels => [Wide, Narrow, .. PaddedImageKernel.Kernels, .. PhaseWeightsKernel.Kernels, .. EmptyPhase.Kernels];

    public static void Launch(GpuDevice device, GatherConvolution convolution, in GatherOperands operands)
    {
        var image = PaddedImage.Of(convolution);
        using var copy = device.Rent<float>(image.IsCopy ? image.Length : 0);
        var source = device.View(operands.Source);
        if (image.IsCopy)
        {
            PaddedImageKernel.Launch(device, image, source, device.View(copy.Span), threads: 1);
            source = device.View(copy.Span);
        }

        var epilogue = ConvolutionEpilogue.Of(device, convolution, operands);
        foreach (var phase in convolution.Phases)
        {
            if (phase.Taps > 0)
            {
                LaunchPhase(device, convolution, phase, image, source, device.View(operands.Weights), epilogue.For(convolution, phase));
            }
            else if (!operands.Accumulate)
            {
                EmptyPhase.Launch(device, convolution, phase, epilogue.For(convolution, phase));
            }
        }
    }

    private static void LaunchPhase(
        GpuDevice device,
        GatherConvolution convolution,
        GatherPhase phase,
        in PaddedImage image,
        ArrayView<float> source,
        ArrayView<float> weights,
        in ConvolutionEpilogue epilogue)
    {
        var isWide = PackPanels.PrefersWide(convolution.TargetChannels);
        var width = isWide ? Columns64.Width : Columns32.Width;
        var panels = PackPanels.PanelsOver(convolution.TargetChannels, width);
        var rowLength = phase.Horizontal.Taps * convolution.SourceChannels;
        using var packed = device.Rent<float>(Check.Elements(panels, phase.Vertical.Taps, rowLength, width));
        PhaseWeightsKernel.Launch(device, convolution, phase, weights, width, rowLength, device.View(packed.Span), threads: 1);

        // Rows that are shorter than a tile: every pixel becomes a tile of its own that holds it several times and stores it once.
        var columns = phase.Horizontal.TargetCount;
        var isShort = columns < Rows4<Columns64>.Rows;
        var tileRows = isShort ? 1 : Rows4<Columns64>.Rows;
        var pixelStride = phase.Horizontal.SourceStep * image.Channels;
        var tilesPerRow = (columns + tileRows - 1) / tileRows;
        device.Launch(
            isWide ? Wide : Narrow,
            new Index3D(Check.Elements(image.Batch, phase.Vertical.TargetCount, tilesPerRow), panels, 1),
            new Index3D(1, 1, 1),
            new Parameters
            {
                Source = source,
                Weights = device.View(packed.Span),
                Rows = phase.Vertical.TargetCount,
                Columns = columns,
                TilesPerRow = tilesPerRow,
                TileRows = tileRows,
                TileStride = isShort ? 0 : pixelStride,
                Origin = ((image.Top + phase.Vertical.SourceStart) * image.RowLength)
                    + ((image.Left + phase.Horizontal.SourceStart) * image.Channels),
                ImageStride = image.ImageLength,
                RowStride = phase.Vertical.SourceStep * image.RowLength,
                PixelStride = pixelStride,
                TapRows = phase.Vertical.Taps,
                TapRowStride = image.RowLength,
                TapRowLength = rowLength,
                PanelLength = phase.Vertical.Taps * rowLength * width,
                Width = width,
                Epilogue = epilogue,
            });
    }

    internal static void Multiply<TTile>(Parameters p)
        where TTile : struct, ITile<TTile>
    {
        var finished = SharedMemory.Allocate<float>(4 * 64);
        var line = Grid.IdxX / p.TilesPerRow;
        var image = line / p.Rows;
        var row = line - (image * p.Rows);

        // The last tile is moved left until it fits, and stores only the pixels that the one before it does not.
        var firstStored = (Grid.IdxX - (line * p.TilesPerRow)) * p.TileRows;
        var firstColumn = IntrinsicMath.Min(firstStored, p.Columns - p.TileRows);

        var tapRow = p.Origin + (image * p.ImageStride) + (row * p.RowStride) + (firstColumn * p.PixelStride);
        var right = Grid.IdxY * p.PanelLength;
        TTile tile = default;
        for (var tapY = 0; tapY < p.TapRows; tapY++)
        {
            var left = tapRow;
            for (var k = 0; k < p.TapRowLength; k++)
            {
                tile.MultiplyAdd(p.Source, left, p.TileStride, p.Weights, right);
                left += 1;
                right += p.Width;
            }

            tapRow += p.TapRowStride;
        }

        tile.Store(finished, p.Zero, p.Width);
        var firstChannel = Grid.IdxY * p.Width;
        var channels = IntrinsicMath.Min(p.Width, p.Epilogue.Channels - firstChannel);
        for (var column = firstStored; column < firstColumn + p.TileRows; column++)
        {
            var sums = (column - firstColumn) * p.Width;
            var pixel = p.Epilogue.PixelIndex(image, row, column);
            p.Epilogue.StorePixel(finished, sums, channels, firstChannel, pixel, image);
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Source;
        public ArrayView<float> Weights;

        // Pixels of the phase in an image, and tiles over them.
        public int Rows;
        public int Columns;
        public int TilesPerRow;
        public int TileRows;

        // Elements of the source between the pixels of a tile, and from one image, row and pixel to the next.
        public int TileStride;
        public int Origin;
        public int ImageStride;
        public int RowStride;
        public int PixelStride;

        public int TapRows;
        public int TapRowStride;
        public int TapRowLength;
        public int PanelLength;
        public int Width;

        // Always 0, which the compiler must not know: see IColumns.
        public int Zero;

        public ConvolutionEpilogue Epilogue;
    }
}
