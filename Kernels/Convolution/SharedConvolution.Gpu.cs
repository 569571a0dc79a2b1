using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Convolutions for GPUs, as a matrix product whose left operand is never built: 64 threads share a tile of 64 target pixels by 64 channels,
/// slices of source and weights pass through two buffers of shared memory, so that the next slice is on its way while the current one is
/// multiplied.
/// </summary>
/// <remarks>
/// Images with few pixels and deep sums would leave most of a GPU idle; their sums are cut into parts, which
/// <see cref="ConvolutionParts"/> adds up. How many there are depends on the shape of one image alone.
/// </remarks>
internal static class SharedConvolution
{
    // Source and weights, two buffers. The finished tile passes through the same memory, 32 pixels at a time.
    private const int SharedLength = 4 * SliceProducts.SharedLength;

    // Threads of a group that copies or packs.
    private const int CopyThreads = 128;

    // Groups that keep a large GPU busy: eight for each of 128 multiprocessors.
    private const int WantedGroups = 1024;

    // Slices that make a part worth its own sums.
    private const int FewestSlices = 16;

    private const int MostParts = 32;

    private static readonly GpuKernel<Parameters> AnyKernel = new(Multiply<PixelSlice, OperandSlice>);
    private static readonly GpuKernel<Parameters> QuadsKernel = new(Multiply<PixelQuads, RowQuads>);

    public static GpuKernel[] Kernels =>
        [AnyKernel, QuadsKernel, .. PaddedImageKernel.Kernels, .. PhaseWeightsKernel.Kernels, .. EmptyPhase.Kernels, .. ConvolutionParts.Kernels];

    public static void Launch(GpuDevice device, GatherConvolution convolution, in GatherOperands operands)
    {
        var image = PaddedImage.Of(convolution);
        using var copy = device.Rent<float>(image.IsCopy ? image.Length : 0);
        var source = device.View(operands.Source);
        if (image.IsCopy)
        {
            PaddedImageKernel.Launch(device, image, source, device.View(copy.Span), CopyThreads);
            source = device.View(copy.Span);
        }

        var epilogue = ConvolutionEpilogue.Of(device, convolution, operands);
        foreach (var phase in convolution.Phases)
        {
            if (phase.Taps > 0)
            {
                PackAndLaunch(device, convolution, phase, image, source, operands, epilogue.For(convolution, phase));
            }
            else if (!operands.Accumulate)
            {
                EmptyPhase.Launch(device, convolution, phase, epilogue.For(convolution, phase));
            }
        }
    }

    private static void PackAndLaunch(
        GpuDevice device,
        GatherConvolution convolution,
        GatherPhase phase,
        in PaddedImage image,
        ArrayView<float> source,
        in GatherOperands operands,
        in ConvolutionEpilogue epilogue)
    {
        var columns = convolution.TargetChannels;
        var length = phase.Horizontal.Taps * convolution.SourceChannels;
        var slicesPerRow = CeilingDivide(length, SliceProducts.Depth);
        var paddedLength = slicesPerRow * SliceProducts.Depth;
        var isInPlace = convolution.StoresPanelRowsInOrder(phase) && length == paddedLength;
        var weights = device.View(operands.Weights);
        using var packed = device.Rent<float>(isInPlace ? 0 : Check.Elements(phase.Vertical.Taps, paddedLength, columns));
        if (!isInPlace)
        {
            PhaseWeightsKernel.Launch(
                device, convolution, phase, weights, columns, paddedLength, device.View(packed.Span), CopyThreads);
            weights = device.View(packed.Span);
        }

        var slices = phase.Vertical.Taps * slicesPerRow;
        var tilesOfImage = CeilingDivide(phase.Pixels, OuterTile.Size) * CeilingDivide(columns, OuterTile.Size);
        var parts = Math.Clamp(Math.Min(WantedGroups / tilesOfImage, slices / FewestSlices), 1, MostParts);
        var partSlices = CeilingDivide(slices, parts);
        parts = CeilingDivide(slices, partSlices);

        var pixels = Check.Elements(image.Batch, phase.Pixels);
        using var sums = device.Rent<float>(parts == 1 ? 0 : Check.Elements(parts, pixels, columns));
        var sumsView = device.View(sums.Span);
        device.Launch(
            length == paddedLength && HasQuads(convolution, operands) ? QuadsKernel : AnyKernel,
            new Index3D(CeilingDivide(pixels, OuterTile.Size), CeilingDivide(columns, OuterTile.Size), parts),
            new Index3D(OuterTile.Threads, 1, 1),
            new Parameters
            {
                Source = source,
                Weights = weights,
                Pixels = pixels,
                Rows = phase.Vertical.TargetCount,
                Columns = phase.Horizontal.TargetCount,
                Origin = ((image.Top + phase.Vertical.SourceStart) * image.RowLength)
                    + ((image.Left + phase.Horizontal.SourceStart) * image.Channels),
                ImageStride = image.ImageLength,
                RowStride = phase.Vertical.SourceStep * image.RowLength,
                PixelStride = phase.Horizontal.SourceStep * image.Channels,
                TapRowStride = image.RowLength,
                TapRowLength = length,
                SlicesPerRow = slicesPerRow,
                Slices = slices,
                PartSlices = partSlices,
                PartLength = pixels * columns,
                Epilogue = parts == 1 ? epilogue : ConvolutionEpilogue.Raw(sumsView, convolution, phase),
            });
        if (parts > 1)
        {
            ConvolutionParts.Launch(device, sumsView, parts, pixels, phase, epilogue);
        }
    }

    /// <summary>Whether every pixel of the source and every row of weights begins at a multiple of a quad; copies of them do if they do.</summary>
    private static bool HasQuads(GatherConvolution convolution, in GatherOperands operands) =>
        QuadAlignment.Holds(operands.Source, convolution.SourceChannels) && QuadAlignment.Holds(operands.Weights, convolution.TargetChannels);

    internal static void Multiply<TPixels, TWeights>(Parameters p)
        where TPixels : struct, IPixelSlice<TPixels>
        where TWeights : struct, IOperandSlice<TWeights>
    {
        var shared = SharedMemory.Allocate<float>(SharedLength);
        var sourcePixels = SharedMemory.Allocate<int>(OuterTile.Size);
        var targetPixels = SharedMemory.Allocate<int>(OuterTile.Size);
        var images = SharedMemory.Allocate<int>(OuterTile.Size);
        var quads = shared.Cast<Quad>();
        var thread = Group.IdxX;
        var firstPixel = Grid.IdxX * OuterTile.Size;
        var firstColumn = Grid.IdxY * OuterTile.Size;

        // Behind the last pixel the tile repeats it; what that gives is not stored.
        var pixel = IntrinsicMath.Min(firstPixel + thread, p.Pixels - 1);
        var line = pixel / p.Columns;
        var image = line / p.Rows;
        var row = line - (image * p.Rows);
        var column = pixel - (line * p.Columns);
        sourcePixels[thread] = p.Origin + (image * p.ImageStride) + (row * p.RowStride) + (column * p.PixelStride);
        targetPixels[thread] = p.Epilogue.PixelIndex(image, row, column) + (Grid.IdxZ * p.PartLength);
        images[thread] = image;
        Group.Barrier();

        var firstSlice = Grid.IdxZ * p.PartSlices;
        var slices = IntrinsicMath.Min(p.PartSlices, p.Slices - firstSlice);
        var tapY = firstSlice / p.SlicesPerRow;
        var step = (firstSlice - (tapY * p.SlicesPerRow)) * SliceProducts.Depth;
        var offset = tapY * p.TapRowStride;
        var left = TPixels.Place(thread, sourcePixels);
        var right = TWeights.Place(
            thread,
            (firstSlice * SliceProducts.Depth * p.Epilogue.Channels) + firstColumn,
            1,
            p.Epilogue.Channels - firstColumn,
            p.Epilogue.Channels);
        left.Load(p.Source, offset + step, p.TapRowLength - step);
        right.Load(p.Weights, SliceProducts.Depth);
        left.Store(shared, 0);
        right.Store(shared, SliceProducts.SharedLength);
        Group.Barrier();

        var y = OuterTile.RowOf(thread);
        var x = OuterTile.ColumnOf(thread);
        OuterTile tile = default;
        var current = 0;
        for (var slice = 0; slice < slices; slice++)
        {
            step += SliceProducts.Depth;
            if (step >= p.TapRowLength)
            {
                step = 0;
                offset += p.TapRowStride;
            }

            // Behind the last slice this reads nothing and stores zeros that nobody uses.
            var isLast = slice == slices - 1;
            left.Load(p.Source, offset + step, isLast ? 0 : p.TapRowLength - step);
            right.Load(p.Weights, isLast ? 0 : SliceProducts.Depth);

            var leftQuad = (current / 4) + y;
            var rightQuad = ((current + SliceProducts.SharedLength) / 4) + x;
            tile = SliceProducts.AddInLoop(tile, quads, leftQuad, rightQuad);

            // What is overwritten was last read before the barrier that ended the previous round.
            current = (2 * SliceProducts.SharedLength) - current;
            left.Store(shared, current);
            right.Store(shared, current + SliceProducts.SharedLength);
            Group.Barrier();
        }

        tile.StoreUpper(quads, x, y);
        Group.Barrier();
        StoreHalf(p, shared, targetPixels, images, 0, firstPixel, firstColumn + thread);
        Group.Barrier();
        tile.StoreLower(quads, x, y);
        Group.Barrier();
        StoreHalf(p, shared, targetPixels, images, OuterTile.Size / 2, firstPixel, firstColumn + thread);
    }

    /// <summary>Each thread finishes one channel of half the tile, so that neighbours write neighbouring elements.</summary>
    private static void StoreHalf(
        Parameters p, ArrayView<float> shared, ArrayView<int> targets, ArrayView<int> images, int firstRow, int firstPixel, int channel)
    {
        if (channel < p.Epilogue.Channels)
        {
            var rows = IntrinsicMath.Min(OuterTile.Size / 2, p.Pixels - firstPixel - firstRow);
            for (var row = 0; row < rows; row++)
            {
                p.Epilogue.Store(
                    shared[(row * OuterTile.Pitch) + Group.IdxX], channel, targets[firstRow + row], images[firstRow + row]);
            }
        }
    }

    private static int CeilingDivide(int dividend, int divisor) => (int)(((long)dividend + divisor - 1) / divisor);

    internal struct Parameters
    {
        public ArrayView<float> Source;

        /// <summary>[rows of taps][padded row length][target channels].</summary>
        public ArrayView<float> Weights;

        // Pixels of the phase in all images, and in one.
        public int Pixels;
        public int Rows;
        public int Columns;

        // Elements of the source from one image, row and pixel to the next.
        public int Origin;
        public int ImageStride;
        public int RowStride;
        public int PixelStride;

        public int TapRowStride;
        public int TapRowLength;
        public int SlicesPerRow;
        public int Slices;
        public int PartSlices;
        public int PartLength;
        public ConvolutionEpilogue Epilogue;
    }
}
