using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Pointwise;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Functional;

/// <summary>Functions of each element on its own. Every result has the shape of its input.</summary>
public static class Elementwise
{
    /// <summary>x · sigmoid(x). Saves the input.</summary>
    public static Tensor Silu(Tensor input) => FromInput(input, PointwiseOperations.Silu, PointwiseOperations.SiluBackward);

    /// <summary>x · Φ(x), exact. Saves the input.</summary>
    public static Tensor Gelu(Tensor input) => FromInput(input, PointwiseOperations.Gelu, PointwiseOperations.GeluBackward);

    /// <summary>max(x, 0). Saves the input.</summary>
    public static Tensor Relu(Tensor input) => FromInput(input, PointwiseOperations.Relu, PointwiseOperations.ReluBackward);

    /// <summary>ln(x). Saves the input.</summary>
    public static Tensor Log(Tensor input) => FromInput(input, PointwiseOperations.Log, PointwiseOperations.LogBackward);

    /// <summary>x². Saves the input.</summary>
    public static Tensor Square(Tensor input) => FromInput(input, PointwiseOperations.Square, PointwiseOperations.SquareBackward);

    /// <summary>|x|, with a gradient of zero at zero. Saves the input.</summary>
    public static Tensor Abs(Tensor input) => FromInput(input, PointwiseOperations.Abs, PointwiseOperations.AbsBackward);

    /// <summary>1 / (1 + e^-x). Saves the output.</summary>
    public static Tensor Sigmoid(Tensor input) => FromOutput(input, PointwiseOperations.Sigmoid, PointwiseOperations.SigmoidBackward);

    /// <summary>Saves the output.</summary>
    public static Tensor Tanh(Tensor input) => FromOutput(input, PointwiseOperations.Tanh, PointwiseOperations.TanhBackward);

    /// <summary>e^x. Saves the output.</summary>
    public static Tensor Exp(Tensor input) => FromOutput(input, PointwiseOperations.Exp, PointwiseOperations.ExpBackward);

    /// <summary>Saves the output.</summary>
    public static Tensor Sqrt(Tensor input) => FromOutput(input, PointwiseOperations.Sqrt, PointwiseOperations.SqrtBackward);

    /// <summary>x where it is positive, else slope · x. Saves the input.</summary>
    public static Tensor LeakyRelu(Tensor input, float negativeSlope)
    {
        var output = Result(input);
        PointwiseOperations.LeakyRelu.Launch(input.Device, new LeakyReluArguments
        {
            Input = input.Single,
            Output = output.Single,
            NegativeSlope = negativeSlope,
        });
        input.Session.Record(
            output,
            context => context.Write(input, gradient => PointwiseOperations.LeakyReluBackward.Launch(context.Device, new LeakyReluBackwardArguments
            {
                Input = input.Single,
                OutputGradient = context.Gradient.Single,
                InputGradient = gradient,
                NegativeSlope = negativeSlope,
            })),
            input);
        return output;
    }

    /// <summary>min(max(x, low), high); the gradient is zero outside. Saves the input.</summary>
    public static Tensor Clamp(Tensor input, float low, float high)
    {
        var output = Result(input);
        PointwiseOperations.Clamp.Launch(input.Device, new ClampArguments
        {
            Input = input.Single,
            Output = output.Single,
            Low = low,
            High = high,
        });
        input.Session.Record(
            output,
            context => context.Write(input, gradient => PointwiseOperations.ClampBackward.Launch(context.Device, new ClampBackwardArguments
            {
                Input = input.Single,
                OutputGradient = context.Gradient.Single,
                InputGradient = gradient,
                Low = low,
                High = high,
            })),
            input);
        return output;
    }

    /// <summary>scale · x + shift. Saves nothing.</summary>
    public static Tensor Affine(Tensor input, float scale, float shift = 0)
    {
        var output = Result(input);
        Launch(input.Single, output.Single, shift);
        input.Session.Record(output, context => context.Write(input, gradient => Launch(context.Gradient.Single, gradient, 0)));
        return output;

        void Launch(DeviceSpan<float> from, DeviceSpan<float> to, float offset) =>
            PointwiseOperations.Affine.Launch(input.Device, new AffineArguments { Input = from, Output = to, Scale = scale, Shift = offset });
    }

    /// <summary>value · gelu(gate) of a last axis that holds values, then gates: [..., 2C] to [..., C]. Saves the input.</summary>
    /// <exception cref="ArgumentException">The last axis is odd.</exception>
    public static Tensor Geglu(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Shape[-1] % 2 != 0)
        {
            throw new ArgumentException($"The last axis of {input.Shape} does not split into values and gates.", nameof(input));
        }

        var channels = input.Shape[-1] / 2;
        var rows = input.Shape.ElementsBefore(-1);
        var output = input.Session.Result(input.Shape.With(-1, channels), input);
        PointwiseOperations.Geglu.Launch(input.Device, new GegluArguments
        {
            Input = input.Single,
            Output = output.Single,
            Rows = rows,
            Channels = channels,
        });
        input.Session.Record(
            output,
            context => context.Write(input, gradient => PointwiseOperations.GegluBackward.Launch(context.Device, new GegluBackwardArguments
            {
                Input = input.Single,
                OutputGradient = context.Gradient.Single,
                InputGradient = gradient,
                Rows = rows,
                Channels = channels,
            })),
            input);
        return output;
    }

    /// <summary>
    /// Each element kept with probability <paramref name="keep"/> and divided by it, else zero. The mask follows from key, image and
    /// element; nothing is saved.
    /// </summary>
    public static Tensor Dropout(Tensor input, float keep, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (keep == 1)
        {
            return input;
        }

        var output = Result(input);
        Launch(input.Single, output.Single);
        input.Session.Record(output, context => context.Write(input, gradient => Launch(context.Gradient.Single, gradient)));
        return output;

        void Launch(DeviceSpan<float> from, DeviceSpan<float> to) => PointwiseOperations.Dropout.Launch(input.Device, new DropoutArguments
        {
            Input = from,
            Output = to,
            Images = input.Shape[0],
            Elements = input.Shape.ElementsAfter(0),
            Keep = keep,
            Key = key,
        });
    }

    private static Tensor FromInput(Tensor input, Operation<UnaryArguments> forward, Operation<UnaryBackwardArguments> backward)
    {
        var output = Result(input);
        forward.Launch(input.Device, new UnaryArguments { Input = input.Single, Output = output.Single });
        input.Session.Record(
            output,
            context => context.Write(input, gradient => backward.Launch(context.Device, new UnaryBackwardArguments
            {
                Input = input.Single,
                OutputGradient = context.Gradient.Single,
                InputGradient = gradient,
            })),
            input);
        return output;
    }

    private static Tensor FromOutput(Tensor input, Operation<UnaryArguments> forward, Operation<UnaryBackwardFromOutputArguments> backward)
    {
        var output = Result(input);
        forward.Launch(input.Device, new UnaryArguments { Input = input.Single, Output = output.Single });
        input.Session.Record(
            output,
            context => context.Write(input, gradient => backward.Launch(context.Device, new UnaryBackwardFromOutputArguments
            {
                Output = output.Single,
                OutputGradient = context.Gradient.Single,
                InputGradient = gradient,
            })),
            output);
        return output;
    }

    private static Tensor Result(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Session.Result(input.Shape, input);
    }
}
