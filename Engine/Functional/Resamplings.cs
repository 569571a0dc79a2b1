using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Resampling;

namespace KernelDiff.Engine.Functional;

/// <summary>Resizing and pooling of [batch, height, width, channels].</summary>
public static class Resamplings
{
    /// <summary>Another height and width. Saves nothing.</summary>
    public static Tensor Resize(Tensor input, int height, int width, ResizeMode mode)
    {
        Operand.RequireRank(input, 4, nameof(input));
        var shape = new ResizeShape
        {
            Batch = input.Shape[0],
            InputHeight = input.Shape[1],
            InputWidth = input.Shape[2],
            OutputHeight = height,
            OutputWidth = width,
            Channels = input.Shape[3],
        };
        var output = input.Session.Result(new TensorShape(shape.Batch, height, width, shape.Channels), input);
        ResamplingOperations.Resize.Launch(input.Device, new ResizeArguments
        {
            Input = input.Single,
            Output = output.Single,
            Shape = shape,
            Mode = mode,
        });
        input.Session.Record(output, context => context.Write(input, gradient => ResamplingOperations.ResizeBackward.Launch(context.Device, new ResizeBackwardArguments
        {
            OutputGradient = context.Gradient.Single,
            InputGradient = gradient,
            Shape = shape,
            Mode = mode,
        })));
        return output;
    }

    /// <summary>The mean of each window. Saves nothing.</summary>
    /// <param name="input">[batch, height, width, channels].</param>
    /// <param name="pooling">Windows; batch, sizes and channels are taken from the input.</param>
    /// <param name="countPadding">Whether padding counts as zeros.</param>
    public static Tensor AveragePool(Tensor input, PoolingWindow pooling, bool countPadding = true)
    {
        var shape = pooling.For(input);
        var output = input.Session.Result(OutputShape(shape), input);
        ResamplingOperations.AveragePooling.Launch(input.Device, new AveragePoolingArguments
        {
            Input = input.Single,
            Output = output.Single,
            Shape = shape,
            CountPadding = countPadding,
        });
        input.Session.Record(output, context => context.Write(input, gradient => ResamplingOperations.AveragePoolingBackward.Launch(context.Device, new AveragePoolingBackwardArguments
        {
            OutputGradient = context.Gradient.Single,
            InputGradient = gradient,
            Shape = shape,
            CountPadding = countPadding,
        })));
        return output;
    }

    /// <summary>The largest element of each window. Saves its index.</summary>
    public static Tensor MaxPool(Tensor input, PoolingWindow pooling)
    {
        var shape = pooling.For(input);
        var output = input.Session.Result(OutputShape(shape), input);
        var indices = output.RequiresGradient ? input.Session.Empty<int>(output.Shape) : null;
        ResamplingOperations.MaximumPooling.Launch(input.Device, new MaximumPoolingArguments
        {
            Input = input.Single,
            Output = output.Single,
            Indices = indices?.Int32 ?? default,
            Shape = shape,
        });
        input.Session.Record(
            output,
            context => context.Write(input, gradient => ResamplingOperations.MaximumPoolingBackward.Launch(context.Device, new MaximumPoolingBackwardArguments
            {
                OutputGradient = context.Gradient.Single,
                Indices = indices!.Int32,
                InputGradient = gradient,
                Shape = shape,
            })),
            indices);
        return output;
    }

    private static TensorShape OutputShape(PoolingShape shape) => new(shape.Batch, shape.OutputHeight, shape.OutputWidth, shape.Channels);
}

/// <summary>Square windows of a pooling.</summary>
/// <param name="Kernel">Pixels along a side.</param>
/// <param name="Stride">Pixels between neighbouring windows.</param>
/// <param name="Padding">Pixels added on every side.</param>
/// <param name="CeilingMode">Whether a last window may reach beyond the padding.</param>
public readonly record struct PoolingWindow(int Kernel, int Stride, int Padding = 0, bool CeilingMode = false)
{
    internal PoolingShape For(Tensor input)
    {
        Operand.RequireRank(input, 4, nameof(input));
        return new PoolingShape
        {
            Batch = input.Shape[0],
            InputHeight = input.Shape[1],
            InputWidth = input.Shape[2],
            Channels = input.Shape[3],
            KernelHeight = Kernel,
            KernelWidth = Kernel,
            StrideHeight = Stride,
            StrideWidth = Stride,
            PaddingHeight = Padding,
            PaddingWidth = Padding,
            CeilingMode = CeilingMode,
        };
    }
}
