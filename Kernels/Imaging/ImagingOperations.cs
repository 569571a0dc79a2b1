using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Imaging;

/// <summary>Operations between pixels or label maps and tensors.</summary>
public static class ImagingOperations
{
    public static Operation<BytesToFloatArguments> BytesToFloat { get; } = new(
        "bytes-to-float",
        "Imaging",
        "y = x * scale + shift, [0, 255] to [-1, 1]",
        ImagingCases.ToFloat,
        CpuVariant.Simd<BytesToFloatArguments, BytesToFloat>(),
        ByteConversionKernels.ToFloatVariant);

    public static Operation<FloatToBytesArguments> FloatToBytes { get; } = new(
        "float-to-bytes",
        "Imaging",
        "y = round(clamp(x * scale + shift, 0, 255))",
        ImagingCases.ToBytes,
        CpuVariant.Simd<FloatToBytesArguments, FloatToBytes>(),
        ByteConversionKernels.ToBytesVariant);

    public static Operation<OneHotArguments> OneHot { get; } = new(
        "one-hot",
        "Imaging",
        "y[p][c] = label[p] == c, by pixel or by class",
        ImagingCases.OneHot,
        CpuVariant.Simd<OneHotArguments, OneHot>(),
        OneHotKernels.Variant);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [BytesToFloat, FloatToBytes, OneHot];
}
