namespace KernelDiff.Kernels.Convolution;

/// <summary>Single elements of a convolution and of its gradients, in double precision, straight from the definition.</summary>
internal static class ConvolutionReference
{
    /// <summary>An element of [batch][outputHeight][outputWidth][outputChannels].</summary>
    public static double Output(ConvolutionShape shape, double[] input, double[] weights, int index)
    {
        var (n, y, x, o) = Coordinates(index, shape.OutputHeight, shape.OutputWidth, shape.OutputChannels);
        var sum = 0.0;
        for (var ky = 0; ky < shape.KernelHeight; ky++)
        {
            for (var kx = 0; kx < shape.KernelWidth; kx++)
            {
                if (InputPixel(shape, n, y, x, ky, kx) is { } pixel)
                {
                    for (var c = 0; c < shape.InputChannels; c++)
                    {
                        sum += input[(pixel * shape.InputChannels) + c] * weights[Weight(shape, ky, kx, c, o)];
                    }
                }
            }
        }

        return sum;
    }

    /// <summary>An element of [batch][height][width][inputChannels].</summary>
    public static double InputGradient(ConvolutionShape shape, double[] outputGradient, double[] weights, int index)
    {
        var (n, inputY, inputX, c) = Coordinates(index, shape.Height, shape.Width, shape.InputChannels);
        var pixel = (((n * shape.Height) + inputY) * shape.Width) + inputX;
        var sum = 0.0;
        for (var ky = 0; ky < shape.KernelHeight; ky++)
        {
            for (var kx = 0; kx < shape.KernelWidth; kx++)
            {
                foreach (var y in OutputsNear(inputY, shape.Padding.Top, ky, shape, shape.OutputHeight))
                {
                    foreach (var x in OutputsNear(inputX, shape.Padding.Left, kx, shape, shape.OutputWidth))
                    {
                        if (InputPixel(shape, n, y, x, ky, kx) != pixel)
                        {
                            continue;
                        }

                        var output = (((n * shape.OutputHeight) + y) * shape.OutputWidth) + x;
                        for (var o = 0; o < shape.OutputChannels; o++)
                        {
                            sum += outputGradient[(output * shape.OutputChannels) + o] * weights[Weight(shape, ky, kx, c, o)];
                        }
                    }
                }
            }
        }

        return sum;
    }

    /// <summary>An element of [kernelHeight][kernelWidth][inputChannels][outputChannels].</summary>
    public static double WeightGradient(ConvolutionShape shape, double[] input, double[] outputGradient, int index)
    {
        var (ky, kx, c, o) = Coordinates(index, shape.KernelWidth, shape.InputChannels, shape.OutputChannels);
        var sum = 0.0;
        var output = 0;
        for (var n = 0; n < shape.Batch; n++)
        {
            for (var y = 0; y < shape.OutputHeight; y++)
            {
                for (var x = 0; x < shape.OutputWidth; x++, output++)
                {
                    if (InputPixel(shape, n, y, x, ky, kx) is { } pixel)
                    {
                        sum += input[(pixel * shape.InputChannels) + c] * outputGradient[(output * shape.OutputChannels) + o];
                    }
                }
            }
        }

        return sum;
    }

    /// <summary>Splits the index of an element of [][size1][size2][size3].</summary>
    public static (int First, int Second, int Third, int Fourth) Coordinates(int index, int size1, int size2, int size3)
    {
        var (rest, fourth) = Math.DivRem(index, size3);
        (rest, var third) = Math.DivRem(rest, size2);
        var (first, second) = Math.DivRem(rest, size1);
        return (first, second, third, fourth);
    }

    /// <summary>The input pixel under an element of the kernel, null where that is padding.</summary>
    private static int? InputPixel(in ConvolutionShape shape, int n, int y, int x, int ky, int kx)
    {
        var sampledY = (y * shape.Stride) + ky - shape.Padding.Top;
        var sampledX = (x * shape.Stride) + kx - shape.Padding.Left;
        if (sampledY < 0 || sampledY >= shape.SampledHeight || sampledX < 0 || sampledX >= shape.SampledWidth)
        {
            return null;
        }

        var repeat = shape.Upsample ? 2 : 1;
        return (((n * shape.Height) + (sampledY / repeat)) * shape.Width) + (sampledX / repeat);
    }

    /// <summary>Outputs whose kernel element may lie on the input position: all of them are tried, this only leaves out the far ones.</summary>
    private static IEnumerable<int> OutputsNear(int input, int padding, int k, in ConvolutionShape shape, int outputs)
    {
        var sampled = (shape.Upsample ? 2 * input : input) + padding - k;
        var first = Math.Max(0, (sampled / shape.Stride) - 1);
        var last = Math.Min(outputs - 1, (sampled / shape.Stride) + 2);
        return Enumerable.Range(first, Math.Max(0, last - first + 1));
    }

    private static int Weight(in ConvolutionShape shape, int ky, int kx, int c, int o) =>
        (((((ky * shape.KernelWidth) + kx) * shape.InputChannels) + c) * shape.OutputChannels) + o;
}
