namespace KernelDiff.Kernels.Resampling;

/// <summary>The windows that the cases of both poolings cover.</summary>
internal static class PoolingShapes
{
    public static readonly PoolingShape[] Tiny =
    [
        Shape(1, 1, 1, 1, (1, 1), (1, 1), (0, 0), false),
        Shape(3, 6, 4, 3, (2, 2), (2, 2), (0, 0), false),
        Shape(1, 5, 7, 1, (3, 2), (2, 1), (1, 0), false),

        // Overlapping windows; the last row of them ends beyond the padding.
        Shape(3, 6, 5, 3, (3, 3), (2, 2), (1, 1), true),
        Shape(1, 6, 9, 17, (3, 4), (1, 1), (0, 0), false),

        // Pixels between windows; windows of one row at the end; a window that begins behind the input and is dropped.
        Shape(1, 9, 8, 3, (2, 3), (4, 5), (0, 1), true),
        Shape(1, 4, 7, 1, (2, 2), (5, 5), (0, 0), true),

        // One window that is larger than the image.
        Shape(1, 3, 4, 17, (7, 6), (1, 1), (2, 1), false),
    ];

    internal static readonly PoolingShape Small = Shape(2, 31, 29, 40, (3, 3), (2, 2), (1, 1), false);

    internal static readonly PoolingShape Halving = Shape(8, 64, 64, 224, (2, 2), (2, 2), (0, 0), false);

    internal static readonly PoolingShape Overlapping = Shape(8, 112, 112, 64, (3, 3), (2, 2), (1, 1), false);

    private static PoolingShape Shape(
        int batch,
        int height,
        int width,
        int channels,
        (int Height, int Width) kernel,
        (int Height, int Width) stride,
        (int Height, int Width) padding,
        bool ceiling) => new()
        {
            Batch = batch,
            InputHeight = height,
            InputWidth = width,
            Channels = channels,
            KernelHeight = kernel.Height,
            KernelWidth = kernel.Width,
            StrideHeight = stride.Height,
            StrideWidth = stride.Width,
            PaddingHeight = padding.Height,
            PaddingWidth = padding.Width,
            CeilingMode = ceiling,
        };
}
