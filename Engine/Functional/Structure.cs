using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Shape;

namespace KernelDiff.Engine.Functional;

/// <summary>Functions that move elements and compute nothing. None saves a tensor for backward but <see cref="Gather"/>, its indices.</summary>
public static class Structure
{
    /// <summary>The same elements in another shape, on the same memory.</summary>
    /// <param name="input">Any shape.</param>
    /// <param name="sizes">One of them may be -1: it follows from the others.</param>
    /// <exception cref="ArgumentException">The shapes have different numbers of elements.</exception>
    public static Tensor Reshape(Tensor input, params ReadOnlySpan<int> sizes)
    {
        ArgumentNullException.ThrowIfNull(input);
        var shape = Resolve(input.Shape, sizes);
        var output = input.Session.ResultView(input, shape, 0);
        input.Session.Record(output, context => context.Accumulate(input, context.Gradient.View(input.Shape, 0, false)));
        return output;
    }

    /// <summary>The same memory, cut off from the tape: no gradient flows to the input.</summary>
    public static Tensor Detach(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        input.Session.Own(input.Storage);
        return input.View(input.Shape, 0, requiresGradient: false);
    }

    /// <summary>Dimension i of the result is dimension <paramref name="order"/>[i] of the input.</summary>
    /// <exception cref="ArgumentException">The order does not name every dimension once.</exception>
    public static Tensor Permute(Tensor input, params int[] order)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(order);
        if (order.Length != input.Shape.Rank || !order.Order().SequenceEqual(Enumerable.Range(0, order.Length)))
        {
            throw new ArgumentException($"The order ({string.Join(", ", order)}) does not name every dimension of {input.Shape} once.", nameof(order));
        }

        var strides = Strides(input.Shape);
        int[] sizes = [.. order.Select(dimension => input.Shape[dimension])];
        int[] from = [.. order.Select(dimension => strides[dimension])];
        var shape = new TensorShape(sizes);
        var to = Strides(shape);
        var output = input.Session.Result(shape, input);
        Copy(input.Device, input.Single, output.Single, new StridedIndex(sizes, from, to));
        input.Session.Record(output, context => context.Write(
            input, gradient => Copy(context.Device, context.Gradient.Single, gradient, new StridedIndex(sizes, to, from))));
        return output;
    }

    /// <summary>The part [start, start + length) of a dimension. A part of the first dimension is a view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part is not inside the dimension.</exception>
    public static Tensor Slice(Tensor input, int dimension, int start, int length)
    {
        ArgumentNullException.ThrowIfNull(input);
        var axis = input.Shape.Normalize(dimension);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, input.Shape[axis], nameof(length));
        var shape = input.Shape.With(axis, length);
        var (outer, inner, full) = (input.Shape.ElementsBefore(axis), input.Shape.ElementsAfter(axis), input.Shape[axis]);
        Tensor output;
        if (outer == 1)
        {
            output = input.Session.ResultView(input, shape, start * inner);
        }
        else
        {
            output = input.Session.Result(shape, input);
            CopyRows(input.Device, input.Single, start * inner, full * inner, output.Single, 0, length * inner, outer, length * inner);
        }

        input.Session.Record(output, context => context.Write(input, gradient =>
        {
            gradient.Clear();
            CopyRows(context.Device, context.Gradient.Single, 0, length * inner, gradient, start * inner, full * inner, outer, length * inner);
        }));
        return output;
    }

    /// <summary>Cuts a dimension into parts of the given lengths.</summary>
    /// <exception cref="ArgumentException">The lengths do not add up to the dimension.</exception>
    public static Tensor[] Split(Tensor input, int dimension, params ReadOnlySpan<int> lengths)
    {
        ArgumentNullException.ThrowIfNull(input);
        var parts = new Tensor[lengths.Length];
        var start = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = Slice(input, dimension, start, lengths[i]);
            start += lengths[i];
        }

        return start == input.Shape[dimension]
            ? parts
            : throw new ArgumentException($"The parts make {start} of the {input.Shape[dimension]} of dimension {dimension} of {input.Shape}.");
    }

    /// <summary>Joins tensors along a dimension; all other sizes must agree.</summary>
    /// <exception cref="ArgumentException">No tensors, or other sizes differ.</exception>
    public static Tensor Concat(int dimension, params Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Length == 0)
        {
            throw new ArgumentException("There is nothing to concatenate.", nameof(inputs));
        }

        var first = inputs[0].Shape;
        var axis = first.Normalize(dimension);
        foreach (var input in inputs)
        {
            if (input.Shape.Rank != first.Rank || input.Shape.With(axis, first[axis]) != first)
            {
                throw new ArgumentException($"The shapes {first} and {input.Shape} differ in more than dimension {axis}.", nameof(inputs));
            }
        }

        var session = inputs[0].Session;
        var shape = first.With(axis, inputs.Sum(input => input.Shape[axis]));
        var (outer, inner) = (first.ElementsBefore(axis), first.ElementsAfter(axis));
        var stride = shape[axis] * inner;
        var output = session.Result(shape, inputs);
        var start = 0;
        foreach (var input in inputs)
        {
            var row = input.Shape[axis] * inner;
            CopyRows(session.Device, input.Single, 0, row, output.Single, start, stride, outer, row);
            start += row;
        }

        session.Record(output, context =>
        {
            var offset = 0;
            foreach (var input in inputs)
            {
                var (row, from) = (input.Shape[axis] * inner, offset);
                context.Write(input, gradient => CopyRows(context.Device, context.Gradient.Single, from, stride, gradient, 0, row, outer, row));
                offset += row;
            }
        });
        return output;
    }

    /// <summary>Zeros before and after a dimension.</summary>
    public static Tensor Pad(Tensor input, int dimension, int before, int after)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfNegative(before);
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        var axis = input.Shape.Normalize(dimension);
        var (outer, inner, length) = (input.Shape.ElementsBefore(axis), input.Shape.ElementsAfter(axis), input.Shape[axis]);
        var padded = before + length + after;
        var output = input.Session.Result(input.Shape.With(axis, padded), input);
        output.Single.Clear();
        CopyRows(input.Device, input.Single, 0, length * inner, output.Single, before * inner, padded * inner, outer, length * inner);
        input.Session.Record(output, context => context.Write(input, gradient => CopyRows(
            context.Device, context.Gradient.Single, before * inner, padded * inner, gradient, 0, length * inner, outer, length * inner)));
        return output;
    }

    /// <summary>Rows of a dimension by index: result[..., i, ...] = input[..., indices[i], ...]. Saves the indices.</summary>
    /// <param name="input">Any shape.</param>
    /// <param name="dimension">The dimension to choose from.</param>
    /// <param name="indices">int32 [count]; an index out of range gives zeros.</param>
    public static Tensor Gather(Tensor input, int dimension, Tensor indices)
    {
        ArgumentNullException.ThrowIfNull(input);
        Operand.RequireRank(indices, 1, nameof(indices));
        var axis = input.Shape.Normalize(dimension);
        var (outer, inner, size) = (input.Shape.ElementsBefore(axis), input.Shape.ElementsAfter(axis), input.Shape[axis]);
        var output = input.Session.Result(input.Shape.With(axis, indices.Shape[0]), input);
        ShapeOperations.Gather.Launch(input.Device, new GatherArguments
        {
            Input = input.Single,
            Indices = indices.Int32,
            Output = output.Single,
            Outer = outer,
            Size = size,
            Inner = inner,
        });
        input.Session.Record(
            output,
            context => context.Write(input, gradient => ShapeOperations.GatherBackward.Launch(context.Device, new GatherBackwardArguments
            {
                OutputGradient = context.Gradient.Single,
                Indices = indices.Int32,
                InputGradient = gradient,
                Outer = outer,
                Size = size,
                Inner = inner,
            })),
            indices);
        return output;
    }

    private static void CopyRows(
        Device device,
        DeviceSpan<float> source,
        int sourceStart,
        int sourceStride,
        DeviceSpan<float> destination,
        int destinationStart,
        int destinationStride,
        int rows,
        int rowLength)
    {
        if (rows > 0 && rowLength > 0)
        {
            Copy(
                device,
                source.Slice(sourceStart, source.Length - sourceStart),
                destination.Slice(destinationStart, destination.Length - destinationStart),
                new StridedIndex([rows, rowLength], [sourceStride, 1], [destinationStride, 1]));
        }
    }

    private static void Copy(Device device, DeviceSpan<float> source, DeviceSpan<float> destination, StridedIndex index) =>
        ShapeOperations.StridedCopy.Launch(device, new StridedCopyArguments { Input = source, Output = destination, Index = index });

    private static int[] Strides(TensorShape shape)
    {
        var strides = new int[shape.Rank];
        var stride = 1;
        for (var i = shape.Rank - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= shape[i];
        }

        return strides;
    }

    private static TensorShape Resolve(TensorShape from, ReadOnlySpan<int> sizes)
    {
        var resolved = sizes.ToArray();
        var unknown = Array.IndexOf(resolved, -1);
        if (unknown >= 0)
        {
            var known = 1;
            for (var i = 0; i < resolved.Length; i++)
            {
                known *= i == unknown ? 1 : resolved[i];
            }

            resolved[unknown] = known == 0 ? 0 : from.Elements / known;
        }

        var shape = new TensorShape(resolved);
        return shape.Elements == from.Elements
            ? shape
            : throw new ArgumentException($"{from} has {from.Elements} elements and cannot be seen as [{string.Join(", ", sizes.ToArray())}].");
    }
}
