namespace KernelDiff.Kernels.Convolution;

/// <summary>Rows and columns of zeros around the input of a convolution.</summary>
public readonly record struct ConvolutionPadding(int Top, int Bottom, int Left, int Right)
{
    /// <summary>The same number on every side.</summary>
    public static ConvolutionPadding All(int size) => new(size, size, size, size);

    /// <summary>Only below and to the right, as latent diffusion's down-sampling pads.</summary>
    public static ConvolutionPadding BottomRight(int size) => new(0, size, 0, size);

    /// <summary>Half of an odd kernel on every side: with stride 1 the output is as large as the input.</summary>
    public static ConvolutionPadding Same(int kernelHeight, int kernelWidth) =>
        new(kernelHeight / 2, kernelHeight / 2, kernelWidth / 2, kernelWidth / 2);

    public override string ToString() =>
        Top == Bottom && Top == Left && Top == Right ? $"{Top}" : $"{Top},{Bottom},{Left},{Right}";
}
