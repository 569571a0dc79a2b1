using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// Copies a matrix of [inner][columns] into panels [columns / width][inner][width] whose last one is filled up with zeros, so that a tile
/// kernel reads whole rows of consecutive elements whatever the matrix's strides and however ragged its last panel.
/// </summary>
internal static class PackPanels
{
    /// <summary>Steps of the inner dimension that one thread copies.</summary>
    private const int Steps = 64;

    /// <summary>The part by which a wide panel may add columns of zeros before the narrow one is the better choice.</summary>
    private const int WasteDivisor = 20;

    private static readonly GpuKernel<Parameters> Kernel = new(Pack);

    public static GpuKernel[] Kernels => [Kernel];

    /// <summary>Elements of one batch of packed panels.</summary>
    /// <exception cref="ArgumentException">There are more than 2^31 - 1.</exception>
    public static int PackedLength(int inner, int columns, int width) => Check.Elements(PanelsOver(columns, width), inner, width);

    public static int PanelsOver(int columns, int width) => (columns + width - 1) / width;

    /// <summary>
    /// Whether panels of 64 columns suit a matrix better than panels of 32. Depends on the columns alone: a row has the same bits whatever
    /// stands above and below it.
    /// </summary>
    public static bool PrefersWide(int columns)
    {
        var wide = PanelsOver(columns, Columns64.Width) * Columns64.Width;
        var narrow = PanelsOver(columns, Columns32.Width) * Columns32.Width;
        return wide - narrow <= narrow / WasteDivisor;
    }

    /// <summary>Columns of the panels that suit a matrix best.</summary>
    public static int PreferredWidth(int columns) => PrefersWide(columns) ? Columns64.Width : Columns32.Width;

    /// <summary>Packs <paramref name="batch"/> matrices.</summary>
    /// <param name="device">Where.</param>
    /// <param name="source">The matrices.</param>
    /// <param name="columnStride">Elements between columns of the source.</param>
    /// <param name="innerStride">Elements between its steps of the inner dimension.</param>
    /// <param name="batchStride">Elements between its matrices.</param>
    /// <param name="batch">Number of matrices.</param>
    /// <param name="inner">Length of the inner dimension.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="width">Columns of a panel.</param>
    /// <param name="packed">[batch][panels][inner][width].</param>
    public static void Launch(
        GpuDevice device,
        ArrayView<float> source,
        int columnStride,
        int innerStride,
        int batchStride,
        int batch,
        int inner,
        int columns,
        int width,
        ArrayView<float> packed) =>
        device.Launch(
            Kernel,
            new Index3D(PanelsOver(columns, width), (inner + Steps - 1) / Steps, batch),
            new Index3D(1, 1, 1),
            new Parameters
            {
                Source = source,
                Packed = packed,
                ColumnStride = columnStride,
                InnerStride = innerStride,
                BatchStride = batchStride,
                PackedBatchStride = PackedLength(inner, columns, width),
                Inner = inner,
                Columns = columns,
                Width = width,
            });

    internal static void Pack(Parameters p)
    {
        var firstColumn = Grid.IdxX * p.Width;
        var firstStep = Grid.IdxY * Steps;
        var columns = IntrinsicMath.Min(p.Width, p.Columns - firstColumn);
        var steps = IntrinsicMath.Min(Steps, p.Inner - firstStep);
        var from = (Grid.IdxZ * p.BatchStride) + (firstColumn * p.ColumnStride) + (firstStep * p.InnerStride);
        var to = (Grid.IdxZ * p.PackedBatchStride) + (((Grid.IdxX * p.Inner) + firstStep) * p.Width);
        for (var step = 0; step < steps; step++)
        {
            for (var column = 0; column < columns; column++)
            {
                p.Packed[to + column] = p.Source[from + (column * p.ColumnStride)];
            }

            for (var column = columns; column < p.Width; column++)
            {
                p.Packed[to + column] = 0f;
            }

            from += p.InnerStride;
            to += p.Width;
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Source;
        public ArrayView<float> Packed;
        public int ColumnStride;
        public int InnerStride;
        public int BatchStride;
        public int PackedBatchStride;
        public int Inner;
        public int Columns;
        public int Width;
    }
}
