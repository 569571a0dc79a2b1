using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Resampling;

/// <summary>Operations that change the height and width of images, feature maps and label maps.</summary>
public static class ResamplingOperations
{
    public static Operation<ResizeArguments> Resize { get; } = new(
        "resize",
        "Resampling",
        "y[i][j] = sum of w[i][k] w[j][l] x[k][l]: nearest, bilinear, antialiased or area",
        ResizeCases.Forward,
        CpuVariant.Simd<ResizeArguments, Resize>(),
        ResizeKernels.ForwardVariant);

    public static Operation<ResizeBackwardArguments> ResizeBackward { get; } = new(
        "resize-backward",
        "Resampling",
        "dx[k][l] = sum of w[i][k] w[j][l] dy[i][j], in order",
        ResizeCases.Backward,
        CpuVariant.Simd<ResizeBackwardArguments, ResizeBackward>(),
        ResizeKernels.BackwardVariant);

    public static Operation<ResizeLabelsArguments<byte>> ResizeByteLabels { get; } = new(
        "resize-labels-bytes",
        "Resampling",
        "y[i][j] = x of the nearest pixel, bytes",
        ResizeLabelsCases.Bytes,
        CpuVariant.Simd<ResizeLabelsArguments<byte>, ResizeLabels<byte>>(),
        ResizeLabelsKernels<byte>.Variant);

    public static Operation<ResizeLabelsArguments<int>> ResizeIntegerLabels { get; } = new(
        "resize-labels",
        "Resampling",
        "y[i][j] = x of the nearest pixel, integers",
        ResizeLabelsCases.Integers,
        CpuVariant.Simd<ResizeLabelsArguments<int>, ResizeLabels<int>>(),
        ResizeLabelsKernels<int>.Variant);

    public static Operation<AveragePoolingArguments> AveragePooling { get; } = new(
        "average-pooling",
        "Resampling",
        "y = mean of x over each window",
        AveragePoolingCases.Forward,
        CpuVariant.Simd<AveragePoolingArguments, AveragePooling>(),
        AveragePoolingKernels.ForwardVariant);

    public static Operation<AveragePoolingBackwardArguments> AveragePoolingBackward { get; } = new(
        "average-pooling-backward",
        "Resampling",
        "dx = sum of dy / count over the windows that contain x, in order",
        AveragePoolingCases.Backward,
        CpuVariant.Simd<AveragePoolingBackwardArguments, AveragePoolingBackward>(),
        AveragePoolingKernels.BackwardVariant);

    public static Operation<MaximumPoolingArguments> MaximumPooling { get; } = new(
        "maximum-pooling",
        "Resampling",
        "y = maximum of x over each window, the first one, NaN above all",
        MaximumPoolingCases.Forward,
        CpuVariant.Simd<MaximumPoolingArguments, MaximumPooling>(),
        MaximumPoolingKernels.ForwardVariant);

    public static Operation<MaximumPoolingBackwardArguments> MaximumPoolingBackward { get; } = new(
        "maximum-pooling-backward",
        "Resampling",
        "dx = sum of dy over the windows whose maximum x was, in order",
        MaximumPoolingCases.Backward,
        CpuVariant.Simd<MaximumPoolingBackwardArguments, MaximumPoolingBackward>(),
        MaximumPoolingKernels.BackwardVariant);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All =>
    [
        Resize,
        ResizeBackward,
        ResizeByteLabels,
        ResizeIntegerLabels,
        AveragePooling,
        AveragePoolingBackward,
        MaximumPooling,
        MaximumPoolingBackward,
    ];
}
