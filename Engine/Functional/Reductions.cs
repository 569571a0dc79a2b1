using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Reduction;

namespace KernelDiff.Engine.Functional;

/// <summary>Functions that combine the elements of neighbouring dimensions.</summary>
public static class Reductions
{
    /// <summary>The sum over dimensions [first, first + count), which vanish. Saves nothing.</summary>
    public static Tensor Sum(Tensor input, int first, int count = 1) =>
        Reduce(input, first, count, ReductionOperations.Sum, ReductionOperations.SumBackward);

    /// <summary>The mean over dimensions [first, first + count), which vanish. Saves nothing.</summary>
    public static Tensor Mean(Tensor input, int first, int count = 1) =>
        Reduce(input, first, count, ReductionOperations.Mean, ReductionOperations.MeanBackward);

    /// <summary>The sum of all elements, a scalar.</summary>
    public static Tensor Sum(Tensor input) => Sum(input, 0, Rank(input));

    /// <summary>The mean of all elements, a scalar.</summary>
    public static Tensor Mean(Tensor input) => Mean(input, 0, Rank(input));

    /// <summary>The largest element along a dimension, which vanishes; the first of equal ones gets the gradient. Saves its index.</summary>
    public static Tensor Max(Tensor input, int dimension)
    {
        ArgumentNullException.ThrowIfNull(input);
        var axis = input.Shape.Normalize(dimension);
        var (outer, size, inner) = (input.Shape.ElementsBefore(axis), input.Shape[axis], input.Shape.ElementsAfter(axis));
        var shape = Without(input.Shape, axis, 1);
        var output = input.Session.Result(shape, input);
        var indices = input.Session.Empty<int>(shape);
        ReductionOperations.Maximum.Launch(input.Device, new MaximumArguments
        {
            Input = input.Single,
            Output = output.Single,
            Indices = indices.Int32,
            Outer = outer,
            Reduced = size,
            Inner = inner,
        });
        input.Session.Record(
            output,
            context => context.Write(input, gradient => ReductionOperations.MaximumBackward.Launch(context.Device, new MaximumBackwardArguments
            {
                Indices = indices.Int32,
                OutputGradient = context.Gradient.Single,
                InputGradient = gradient,
                Outer = outer,
                Reduced = size,
                Inner = inner,
            })),
            indices);
        return output;
    }

    /// <summary>The index of the first largest element along a dimension, which vanishes: int32, without gradient.</summary>
    public static Tensor ArgMax(Tensor input, int dimension)
    {
        ArgumentNullException.ThrowIfNull(input);
        var axis = input.Shape.Normalize(dimension);
        var indices = input.Session.Empty<int>(Without(input.Shape, axis, 1));
        ReductionOperations.Maximum.Launch(input.Device, new MaximumArguments
        {
            Input = input.Single,
            Indices = indices.Int32,
            Outer = input.Shape.ElementsBefore(axis),
            Reduced = input.Shape[axis],
            Inner = input.Shape.ElementsAfter(axis),
        });
        return indices;
    }

    /// <summary>Softmax over the last dimension. Saves the output.</summary>
    public static Tensor Softmax(Tensor input) => Normalise(input, ReductionOperations.Softmax, ReductionOperations.SoftmaxBackward);

    /// <summary>Logarithm of the softmax over the last dimension. Saves the output.</summary>
    public static Tensor LogSoftmax(Tensor input) => Normalise(input, ReductionOperations.LogSoftmax, ReductionOperations.LogSoftmaxBackward);

    /// <summary>The Euclidean norm of a run of device memory, such as all gradients of an arena: a scalar tensor, without gradient.</summary>
    public static Tensor Norm(Session session, DeviceSpan<float> values)
    {
        ArgumentNullException.ThrowIfNull(session);
        var norm = session.Empty(new TensorShape());
        ReductionOperations.Norm.Launch(session.Device, new NormArguments { Input = values, Output = norm.Single });
        return norm;
    }

    private static Tensor Reduce(
        Tensor input, int first, int count, Operation<ReductionArguments> forward, Operation<ReductionBackwardArguments> backward)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var axis = count == 0 ? first : input.Shape.Normalize(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(axis + count, input.Shape.Rank, nameof(count));
        var (outer, reduced, inner) = (1, 1, 1);
        for (var i = 0; i < input.Shape.Rank; i++)
        {
            var size = input.Shape[i];
            (outer, reduced, inner) = i < axis
                ? (outer * size, reduced, inner)
                : i < axis + count ? (outer, reduced * size, inner) : (outer, reduced, inner * size);
        }

        var output = input.Session.Result(Without(input.Shape, axis, count), input);
        forward.Launch(input.Device, new ReductionArguments
        {
            Input = input.Single,
            Output = output.Single,
            Outer = outer,
            Reduced = reduced,
            Inner = inner,
        });
        input.Session.Record(output, context => context.Write(input, gradient => backward.Launch(context.Device, new ReductionBackwardArguments
        {
            OutputGradient = context.Gradient.Single,
            InputGradient = gradient,
            Outer = outer,
            Reduced = reduced,
            Inner = inner,
        })));
        return output;
    }

    private static Tensor Normalise(Tensor input, Operation<SoftmaxArguments> forward, Operation<SoftmaxBackwardArguments> backward)
    {
        ArgumentNullException.ThrowIfNull(input);
        var (rows, columns) = (input.Shape.ElementsBefore(-1), input.Shape[-1]);
        var output = input.Session.Result(input.Shape, input);
        forward.Launch(input.Device, new SoftmaxArguments { Input = input.Single, Output = output.Single, Rows = rows, Columns = columns });
        input.Session.Record(
            output,
            context => context.Write(input, gradient => backward.Launch(context.Device, new SoftmaxBackwardArguments
            {
                Output = output.Single,
                OutputGradient = context.Gradient.Single,
                InputGradient = gradient,
                Rows = rows,
                Columns = columns,
            })),
            output);
        return output;
    }

    private static TensorShape Without(TensorShape shape, int first, int count) =>
        new([.. shape.ToArray().Where((_, index) => index < first || index >= first + count)]);

    private static int Rank(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Shape.Rank;
    }
}
