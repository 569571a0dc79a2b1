using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Convolution;

namespace KernelDiff.Engine.Functional;

/// <summary>How a convolution moves over its input.</summary>
/// <param name="Stride">Pixels between neighbouring windows.</param>
/// <param name="Padding">Zeros around the (up-sampled) input.</param>
/// <param name="Upsample">Repeat every pixel 2 x 2 first, without storing it.</param>
public readonly record struct ConvolutionOptions(int Stride = 1, ConvolutionPadding Padding = default, bool Upsample = false);

/// <summary>Convolutions of [batch, height, width, channels].</summary>
public static class Convolutions
{
    /// <summary>
    /// convolution(input, weights) + bias + imageBias + residual. Saves input and weights.
    /// </summary>
    /// <param name="input">[batch, height, width, input channels].</param>
    /// <param name="weights">[kernel height, kernel width, input channels, output channels].</param>
    /// <param name="bias">[output channels], or null.</param>
    /// <param name="options">Stride, padding, up-sampling.</param>
    /// <param name="imageBias">[batch, output channels], or null: a bias for each image, such as a time embedding.</param>
    /// <param name="residual">The result's shape, or null.</param>
    /// <exception cref="ArgumentException">Shapes do not fit together.</exception>
    public static Tensor Convolution(
        Tensor input, Tensor weights, Tensor? bias, ConvolutionOptions options, Tensor? imageBias = null, Tensor? residual = null)
    {
        Operand.RequireRank(input, 4, nameof(input));
        Operand.RequireRank(weights, 4, nameof(weights));
        if (input.Shape[3] != weights.Shape[2])
        {
            throw new ArgumentException(
                $"The input {input.Shape} has {input.Shape[3]} channels, the weights {weights.Shape} expect {weights.Shape[2]}.", nameof(input));
        }

        var shape = new ConvolutionShape
        {
            Batch = input.Shape[0],
            Height = input.Shape[1],
            Width = input.Shape[2],
            InputChannels = input.Shape[3],
            OutputChannels = weights.Shape[3],
            KernelHeight = weights.Shape[0],
            KernelWidth = weights.Shape[1],
            Stride = options.Stride,
            Padding = options.Padding,
            Upsample = options.Upsample,
        };
        shape.Validate();
        var outputShape = new TensorShape(shape.Batch, shape.OutputHeight, shape.OutputWidth, shape.OutputChannels);
        Operand.RequireShape(bias, new TensorShape(shape.OutputChannels), nameof(bias));
        Operand.RequireShape(imageBias, new TensorShape(shape.Batch, shape.OutputChannels), nameof(imageBias));
        Operand.RequireShape(residual, outputShape, nameof(residual));
        var session = input.Session;
        var output = session.Result(outputShape, input, weights, bias, imageBias, residual);
        ConvolutionOperations.Convolution.Launch(session.Device, new ConvolutionArguments
        {
            Shape = shape,
            Input = input.Single,
            Weights = weights.Single,
            Bias = bias?.Single ?? default,
            ImageBias = imageBias?.Single ?? default,
            Residual = residual?.Single ?? default,
            Output = output.Single,
        });
        session.Record(
            output,
            context =>
            {
                var pixels = shape.OutputHeight * shape.OutputWidth;
                if (residual is not null)
                {
                    context.Accumulate(residual, context.Gradient);
                }

                WriteBias(context, imageBias, shape.Batch, pixels, shape.OutputChannels);
                WriteBias(context, bias, 1, shape.Batch * pixels, shape.OutputChannels);
                context.Write(weights, (gradient, accumulate) =>
                    ConvolutionOperations.ConvolutionWeightGradient.Launch(context.Device, new ConvolutionWeightGradientArguments
                    {
                        Shape = shape,
                        Input = input.Single,
                        OutputGradient = context.Gradient.Single,
                        WeightsGradient = gradient,
                        Accumulate = accumulate,
                    }));
                context.Write(input, (gradient, accumulate) =>
                    ConvolutionOperations.ConvolutionInputGradient.Launch(context.Device, new ConvolutionInputGradientArguments
                    {
                        Shape = shape,
                        OutputGradient = context.Gradient.Single,
                        Weights = weights.Single,
                        InputGradient = gradient,
                        Accumulate = accumulate,
                    }));
            },
            weights.RequiresGradient ? input : null,
            weights);
        return output;
    }

    /// <summary>Transposed 2 x 2 convolution with stride 2, which doubles height and width. Saves input and weights.</summary>
    /// <param name="input">[batch, height, width, input channels].</param>
    /// <param name="weights">[2, 2, input channels, output channels].</param>
    /// <param name="bias">[output channels], or null.</param>
    /// <exception cref="ArgumentException">Shapes do not fit together.</exception>
    public static Tensor TransposedConvolution(Tensor input, Tensor weights, Tensor? bias)
    {
        Operand.RequireRank(input, 4, nameof(input));
        Operand.RequireRank(weights, 4, nameof(weights));
        var shape = new TransposedConvolutionShape
        {
            Batch = input.Shape[0],
            Height = input.Shape[1],
            Width = input.Shape[2],
            InputChannels = input.Shape[3],
            OutputChannels = weights.Shape[3],
        };
        Operand.RequireShape(
            weights, new TensorShape(TransposedConvolutionShape.Kernel, TransposedConvolutionShape.Kernel, shape.InputChannels, shape.OutputChannels), nameof(weights));
        Operand.RequireShape(bias, new TensorShape(shape.OutputChannels), nameof(bias));
        var session = input.Session;
        var output = session.Result(new TensorShape(shape.Batch, 2 * shape.Height, 2 * shape.Width, shape.OutputChannels), input, weights, bias);
        ConvolutionOperations.TransposedConvolution.Launch(session.Device, new TransposedConvolutionArguments
        {
            Shape = shape,
            Input = input.Single,
            Weights = weights.Single,
            Bias = bias?.Single ?? default,
            Output = output.Single,
        });
        session.Record(
            output,
            context =>
            {
                WriteBias(context, bias, 1, 4 * shape.Batch * shape.Height * shape.Width, shape.OutputChannels);
                context.Write(weights, (gradient, accumulate) =>
                    ConvolutionOperations.TransposedConvolutionWeightGradient.Launch(context.Device, new TransposedConvolutionWeightGradientArguments
                    {
                        Shape = shape,
                        Input = input.Single,
                        OutputGradient = context.Gradient.Single,
                        WeightsGradient = gradient,
                        Accumulate = accumulate,
                    }));
                context.Write(input, (gradient, accumulate) =>
                    ConvolutionOperations.TransposedConvolutionInputGradient.Launch(context.Device, new TransposedConvolutionInputGradientArguments
                    {
                        Shape = shape,
                        OutputGradient = context.Gradient.Single,
                        Weights = weights.Single,
                        InputGradient = gradient,
                        Accumulate = accumulate,
                    }));
            },
            weights.RequiresGradient ? input : null,
            weights);
        return output;
    }

    /// <summary>The gradient of a bias per channel (one group) or per image and channel (a group per image).</summary>
    internal static void WriteBias(BackwardContext context, Tensor? bias, int groups, int rows, int channels) =>
        context.Write(bias, (gradient, accumulate) => ConvolutionOperations.BiasGradient.Launch(context.Device, new BiasGradientArguments
        {
            Groups = groups,
            Rows = rows,
            Channels = channels,
            OutputGradient = context.Gradient.Single,
            BiasGradient = gradient,
            Accumulate = accumulate,
        }));
}
