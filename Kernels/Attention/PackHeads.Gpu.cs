using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// Copies every head of an operand into panels of columns, [panels][inner][64], so that a tile reads consecutive elements: the columns
/// are tokens where the operand's transpose is multiplied, channels where it is multiplied itself. A last panel that needs no more than
/// 32 columns has 32. Columns that the operand does not have are zeros.
/// </summary>
internal static class PackHeads
{
    /// <summary>Steps of the inner dimension that one thread copies.</summary>
    private const int Steps = 32;

    private static readonly GpuKernel<Parameters> Kernel = new(Pack);

    public static GpuKernel[] Kernels => [Kernel];

    /// <summary>Elements of one packed head.</summary>
    public static int HeadLength(int inner, int columns) =>
        Check.Elements(PackPanels.PanelsOver(columns, Columns32.Width), Columns32.Width, inner);

    /// <summary>Packs all heads with tokens as columns and channels as the inner dimension.</summary>
    /// <param name="device">Where.</param>
    /// <param name="source">[batch, tokens, heads, channels].</param>
    /// <param name="size">The source's sizes.</param>
    /// <param name="factor">Of every element.</param>
    /// <param name="packed">[batch][heads][<see cref="HeadLength"/> of channels and tokens].</param>
    public static void Transpose(GpuDevice device, GpuOperand source, in Sizes size, float factor, DeviceSpan<float> packed) =>
        Launch(device, size, new Parameters
        {
            Source = source,
            Packed = device.View(packed),
            ColumnStride = source.TokenStride,
            InnerStride = 1,
            Columns = size.Tokens,
            Inner = size.Channels,
            Factor = factor,
        });

    /// <summary>Packs all heads with channels as columns and tokens as the inner dimension; the parameters are those of <see cref="Transpose"/>.</summary>
    public static void Copy(GpuDevice device, GpuOperand source, in Sizes size, DeviceSpan<float> packed) =>
        Launch(device, size, new Parameters
        {
            Source = source,
            Packed = device.View(packed),
            ColumnStride = 1,
            InnerStride = source.TokenStride,
            Columns = size.Channels,
            Inner = size.Tokens,
            Factor = 1f,
        });

    private static void Launch(GpuDevice device, in Sizes size, Parameters parameters)
    {
        parameters.Heads = size.Heads;
        parameters.HeadLength = HeadLength(parameters.Inner, parameters.Columns);
        parameters.Wide = Columns64.Width;
        parameters.Narrow = Columns32.Width;
        device.Launch(
            Kernel,
            new Index3D(
                (parameters.Inner + Steps - 1) / Steps,
                PackPanels.PanelsOver(parameters.Columns, Columns64.Width),
                size.Batch * size.Heads),
            new Index3D(1, 1, 1),
            parameters);
    }

    internal static void Pack(Parameters p)
    {
        var image = Grid.IdxZ / p.Heads;
        var head = Grid.IdxZ - (image * p.Heads);
        var firstColumn = Grid.IdxY * p.Wide;
        var columns = IntrinsicMath.Min(p.Wide, p.Columns - firstColumn);
        var width = columns > p.Narrow ? p.Wide : p.Narrow;
        var firstStep = Grid.IdxX * Steps;
        var steps = IntrinsicMath.Min(Steps, p.Inner - firstStep);
        var from = p.Source.Index(image, head, 0) + (firstColumn * p.ColumnStride) + (firstStep * p.InnerStride);
        var to = (Grid.IdxZ * p.HeadLength) + (firstColumn * p.Inner) + (firstStep * width);
        for (var step = 0; step < steps; step++)
        {
            for (var column = 0; column < columns; column++)
            {
                p.Packed[to + column] = p.Source.Elements[from + (column * p.ColumnStride)] * p.Factor;
            }

            for (var column = columns; column < width; column++)
            {
                p.Packed[to + column] = 0f;
            }

            from += p.InnerStride;
            to += width;
        }
    }

    /// <summary>Sizes of an operand.</summary>
    internal readonly record struct Sizes(int Batch, int Heads, int Tokens, int Channels);

    internal struct Parameters
    {
        public GpuOperand Source;
        public ArrayView<float> Packed;
        public int Heads;
        public int HeadLength;
        public int ColumnStride;
        public int InnerStride;
        public int Columns;
        public int Inner;

        // Columns of a panel, at run time: see IColumns.
        public int Wide;
        public int Narrow;

        public float Factor;
    }
}
