using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Packs the weights of a phase into panels [panels][rows of taps][row length][width]: transposed and added up as the phase asks for it.
/// Panels are filled up with columns of zeros, rows of taps with rows of zeros.
/// </summary>
internal static class PhaseWeightsKernel
{
    // Source channels that a group packs.
    private const int GroupChannels = 32;

    private static readonly GpuKernel<Parameters> Kernel = new(Pack);

    public static GpuKernel[] Kernels => [Kernel];

    /// <param name="device">Where.</param>
    /// <param name="convolution">What is computed.</param>
    /// <param name="phase">A phase with taps.</param>
    /// <param name="weights">As the arguments hold them.</param>
    /// <param name="width">Columns of a panel.</param>
    /// <param name="rowLength">Rows of the packed weights for each row of taps, at least the taps times the source channels.</param>
    /// <param name="packed">Receives the panels.</param>
    /// <param name="threads">Threads of a group.</param>
    public static void Launch(
        GpuDevice device,
        GatherConvolution convolution,
        GatherPhase phase,
        ArrayView<float> weights,
        int width,
        int rowLength,
        ArrayView<float> packed,
        int threads)
    {
        var (rows, columns) = (convolution.SourceChannels, convolution.TargetChannels);
        var grid = new Index3D((rows + GroupChannels - 1) / GroupChannels, phase.Taps, (columns + width - 1) / width);
        device.Launch(Kernel, grid, new Index3D(threads, 1, 1), new Parameters
        {
            Weights = weights,
            Packed = packed,
            Rows = rows,
            Columns = columns,
            RowStride = convolution.TransposedWeights ? 1 : columns,
            ColumnStride = convolution.TransposedWeights ? rows : 1,
            KernelWidth = convolution.KernelWidth,
            Vertical = Axis.Of(phase.Vertical),
            Horizontal = Axis.Of(phase.Horizontal),
            Width = width,
            RowLength = rowLength,
        });
    }

    internal static void Pack(Parameters p)
    {
        var firstChannel = Grid.IdxX * GroupChannels;
        var channels = IntrinsicMath.Min(GroupChannels, p.Rows - firstChannel);
        var firstColumn = Grid.IdxZ * p.Width;
        var columns = IntrinsicMath.Min(p.Width, p.Columns - firstColumn);
        var tapY = Grid.IdxY / p.Horizontal.Taps;
        var tapX = Grid.IdxY - (tapY * p.Horizontal.Taps);
        var row = (((Grid.IdxZ * p.Vertical.Taps) + tapY) * p.RowLength) + (tapX * p.Rows) + firstChannel;
        var firstY = IntrinsicMath.Max(0, p.Vertical.Start + (tapY * p.Vertical.Step));
        var lastY = IntrinsicMath.Min(p.Vertical.Size, p.Vertical.Start + (tapY * p.Vertical.Step) + p.Vertical.Span);
        var firstX = IntrinsicMath.Max(0, p.Horizontal.Start + (tapX * p.Horizontal.Step));
        var lastX = IntrinsicMath.Min(p.Horizontal.Size, p.Horizontal.Start + (tapX * p.Horizontal.Step) + p.Horizontal.Span);
        for (var y = firstY; y < lastY; y++)
        {
            for (var x = firstX; x < lastX; x++)
            {
                var element = (((y * p.KernelWidth) + x) * p.Rows * p.Columns) + (firstColumn * p.ColumnStride) + (firstChannel * p.RowStride);
                var keep = y > firstY || x > firstX ? 1f : 0f;
                AddElement(p, element, row * p.Width, channels, columns, keep);
            }
        }

        // The rows of zeros belong to the last group of the last tap.
        var behind = tapX == p.Horizontal.Taps - 1 && firstChannel + channels == p.Rows ? p.RowLength - (p.Horizontal.Taps * p.Rows) : 0;
        for (var i = Group.IdxX; i < behind * p.Width; i += Group.DimX)
        {
            p.Packed[((row + channels) * p.Width) + i] = 0f;
        }
    }

    private static void AddElement(Parameters p, int element, int to, int channels, int columns, float keep)
    {
        for (var k = 0; k < channels; k++)
        {
            for (var column = Group.IdxX; column < columns; column += Group.DimX)
            {
                var weight = p.Weights[element + (column * p.ColumnStride)];
                p.Packed[to + column] = keep != 0f ? p.Packed[to + column] + weight : weight;
            }

            for (var column = columns + Group.IdxX; column < p.Width; column += Group.DimX)
            {
                p.Packed[to + column] = 0f;
            }

            element += p.RowStride;
            to += p.Width;
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Weights;
        public ArrayView<float> Packed;

        // Source and target channels, and the elements between them in the weights as they are stored.
        public int Rows;
        public int Columns;
        public int RowStride;
        public int ColumnStride;

        public int KernelWidth;
        public Axis Vertical;
        public Axis Horizontal;
        public int Width;
        public int RowLength;
    }

    /// <summary>The part of a <see cref="GatherAxis"/> that tells which elements of the kernel a tap adds up.</summary>
    internal struct Axis
    {
        public int Taps;
        public int Start;
        public int Step;
        public int Span;
        public int Size;

        public static Axis Of(in GatherAxis axis) => new()
        {
            Taps = axis.Taps,
            Start = axis.KernelStart,
            Step = axis.KernelStep,
            Span = axis.KernelSpan,
            Size = axis.KernelSize,
        };
    }
}
