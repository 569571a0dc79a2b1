using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// The outputs of even or odd rows and columns of a 3 x 3 convolution of an up-sampled image. Of the three rows of pixels that such an
/// output sees two are the same, so that it is a convolution of the image itself, with a kernel of 2 x 2 sums of taps: at the border of
/// the 3 x 3 kernel there are zeros, and with them in two lines of planes of a Winograd algorithm.
/// </summary>
/// <remarks>So 16 outputs take 25 products of F(4 x 4), where those of the up-sampled image take 36.</remarks>
/// <param name="Row">0 for outputs of even rows, 1 for odd ones.</param>
/// <param name="Column">0 for outputs of even columns, 1 for odd ones.</param>
internal readonly record struct WinogradPhase(int Row, int Column)
{
    /// <summary>Distance of the outputs of a phase.</summary>
    public const int Step = 2;

    // Tiles of an image's phase: with fewer, transforming the weights four times takes longer than it saves.
    private const int FewestTiles = 16;

    private static readonly WinogradPhase[] Phases = [new(0, 0), new(0, 1), new(1, 0), new(1, 1)];

    /// <summary>The four phases, which together are all outputs.</summary>
    public static ReadOnlySpan<WinogradPhase> All => Phases;

    /// <summary>Whether phases are faster than tiles of the up-sampled image; follows from the shape of an image.</summary>
    public static bool Pays(in ConvolutionShape shape, int tile) =>
        shape.Upsample
        && shape.Padding == ConvolutionPadding.All(1)
        && (shape.Height + tile - 1) / tile * ((shape.Width + tile - 1) / tile) >= FewestTiles;

    /// <summary>The phase of a convolution for which <see cref="Pays"/> holds, as a convolution of the image itself.</summary>
    public WinogradGeometry Of(in ConvolutionShape shape) => WinogradGeometry.Forward(shape) with
    {
        TargetHeight = shape.Height,
        TargetWidth = shape.Width,
        Repeat = 1,
        Phase = this,
    };

    /// <summary>Whether the kernel is zero at the point of a plane.</summary>
    public bool Skips(int plane, int edge)
    {
        var (row, column) = Math.DivRem(plane, edge);
        return row == ZeroLine(Row, edge) || column == ZeroLine(Column, edge);
    }

    /// <summary>The four taps of the phase's kernel: sums of the 3 x 3 kernel's.</summary>
    /// <param name="weights">The element of the 3 x 3 kernel's first tap.</param>
    /// <param name="tapStride">Floats from one tap to the next, row by row.</param>
    /// <param name="g00">Receives the first tap of the first row.</param>
    /// <param name="g01">Receives the second tap of the first row.</param>
    /// <param name="g10">Receives the first tap of the second row.</param>
    /// <param name="g11">Receives the second tap of the second row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Taps<T>(float* weights, long tapStride, out T g00, out T g01, out T g10, out T g11)
        where T : unmanaged, ISimd<T>
    {
        var line = 3 * tapStride;
        Lines(Row, T.Load(weights), T.Load(weights + line), T.Load(weights + (2 * line)), out var a0, out var a1);
        weights += tapStride;
        Lines(Row, T.Load(weights), T.Load(weights + line), T.Load(weights + (2 * line)), out var b0, out var b1);
        weights += tapStride;
        Lines(Row, T.Load(weights), T.Load(weights + line), T.Load(weights + (2 * line)), out var c0, out var c1);
        Lines(Column, a0, b0, c0, out g00, out g01);
        Lines(Column, a1, b1, c1, out g10, out g11);
    }

    /// <summary>An output of an even line sees its last two pixels twice the same, one of an odd line its first two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Lines<T>(int parity, T first, T middle, T last, out T a, out T b)
        where T : unmanaged, ISimd<T> =>
        (a, b) = parity == 0 ? (first, middle + last) : (first + middle, last);

    /// <summary>At infinity an even phase has no last tap, at zero an odd one has no first.</summary>
    private static int ZeroLine(int parity, int edge) => parity == 0 ? edge - 1 : 0;
}
