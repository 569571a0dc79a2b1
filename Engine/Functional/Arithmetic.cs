using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Engine.Functional;

/// <summary>
/// Functions of two tensors, element by element. Shapes are aligned at their last dimension and a size of 1 is repeated, over at most
/// four dimensions.
/// </summary>
public static class Arithmetic
{
    /// <summary>left + right. Saves nothing.</summary>
    public static Tensor Add(Tensor left, Tensor right) => ScaledAdd(left, 1, right, 1);

    /// <summary>left - right. Saves nothing.</summary>
    public static Tensor Subtract(Tensor left, Tensor right) => ScaledAdd(left, 1, right, -1);

    /// <summary>left · right. Saves both.</summary>
    public static Tensor Multiply(Tensor left, Tensor right) =>
        Binary(left, right, PointwiseOperations.Multiply, PointwiseOperations.MultiplyBackward);

    /// <summary>left / right. Saves both.</summary>
    public static Tensor Divide(Tensor left, Tensor right) =>
        Binary(left, right, PointwiseOperations.Divide, PointwiseOperations.DivideBackward);

    /// <summary>The smaller of each pair. Saves both.</summary>
    public static Tensor Minimum(Tensor left, Tensor right) =>
        Binary(left, right, PointwiseOperations.Minimum, PointwiseOperations.MinimumBackward);

    /// <summary>The larger of each pair. Saves both.</summary>
    public static Tensor Maximum(Tensor left, Tensor right) =>
        Binary(left, right, PointwiseOperations.Maximum, PointwiseOperations.MaximumBackward);

    /// <summary>leftScale · left + rightScale · right. Saves nothing.</summary>
    public static Tensor ScaledAdd(Tensor left, float leftScale, Tensor right, float rightScale)
    {
        var (leftShape, rightShape, shape) = Broadcast(left, right);
        var session = left.Session;
        var output = session.Result(shape, left, right);
        PointwiseOperations.ScaledAdd.Launch(session.Device, new ScaledAddArguments
        {
            Left = left.Single,
            Right = right.Single,
            Output = output.Single,
            LeftShape = leftShape,
            RightShape = rightShape,
            LeftScale = leftScale,
            RightScale = rightScale,
        });
        session.Record(output, context =>
        {
            // The gradient of a plain sum is handed on as it is: no launch, no memory.
            var (leftRest, rightRest) = (
                HandOn(context, left, leftScale, output.Shape) ? null : left,
                HandOn(context, right, rightScale, output.Shape) ? null : right);
            WriteBoth(context, leftRest, rightRest, (leftGradient, rightGradient) =>
                PointwiseOperations.ScaledAddBackward.Launch(context.Device, new ScaledAddBackwardArguments
                {
                    OutputGradient = context.Gradient.Single,
                    LeftGradient = leftGradient,
                    RightGradient = rightGradient,
                    LeftShape = leftShape,
                    RightShape = rightShape,
                    LeftScale = leftScale,
                    RightScale = rightScale,
                }));
        });
        return output;
    }

    /// <summary>leftScale[i] · left[i] + rightScale[i] · right[i] with coefficients for each image i. Saves nothing.</summary>
    /// <param name="left">[batch, ...].</param>
    /// <param name="leftScale">[batch]; has no gradient.</param>
    /// <param name="right">The shape of <paramref name="left"/>.</param>
    /// <param name="rightScale">[batch]; has no gradient.</param>
    public static Tensor Mix(Tensor left, Tensor leftScale, Tensor right, Tensor rightScale)
    {
        ArgumentNullException.ThrowIfNull(left);
        Operand.RequireShape(right, left.Shape, nameof(right));
        var session = left.Session;
        var output = session.Result(left.Shape, left, right);
        PointwiseOperations.Mix.Launch(session.Device, Arguments(left.Single, leftScale, right.Single, rightScale.Single, output.Single));
        session.Record(
            output,
            context =>
            {
                context.Write(left, gradient => PointwiseOperations.Mix.Launch(
                    context.Device, Arguments(context.Gradient.Single, leftScale, default, default, gradient)));
                context.Write(right, gradient => PointwiseOperations.Mix.Launch(
                    context.Device, Arguments(context.Gradient.Single, rightScale, default, default, gradient)));
            },
            leftScale,
            rightScale);
        return output;

        MixArguments Arguments(
            DeviceSpan<float> first, Tensor firstScale, DeviceSpan<float> second, DeviceSpan<float> secondScale, DeviceSpan<float> result) => new()
            {
                Left = first,
                LeftScale = firstScale.Single,
                Right = second,
                RightScale = secondScale,
                Output = result,
                Images = left.Shape[0],
                Elements = left.Shape.ElementsAfter(0),
            };
    }

    /// <summary>1 where the comparison holds, else 0. Has no gradient.</summary>
    public static Tensor Compare(Tensor left, Comparison comparison, Tensor right)
    {
        var (leftShape, rightShape, shape) = Broadcast(left, right);
        var output = left.Session.Empty(shape);
        PointwiseOperations.Compare.Launch(left.Device, new CompareArguments
        {
            Left = left.Single,
            Right = right.Single,
            Output = output.Single,
            LeftShape = leftShape,
            RightShape = rightShape,
            Comparison = comparison,
        });
        return output;
    }

    /// <summary>whenTrue where the condition is not zero, else whenFalse. Saves the condition, which has no gradient.</summary>
    public static Tensor Where(Tensor condition, Tensor whenTrue, Tensor whenFalse)
    {
        var (trueShape, falseShape, valueShape) = Broadcast(whenTrue, whenFalse);
        var (conditionShape, shape) = (Shape4Of(condition), BroadcastShape(condition.Shape, valueShape));
        var session = whenTrue.Session;
        var output = session.Result(shape, whenTrue, whenFalse);
        PointwiseOperations.Where.Launch(session.Device, new WhereArguments
        {
            Condition = condition.Single,
            WhenTrue = whenTrue.Single,
            WhenFalse = whenFalse.Single,
            Output = output.Single,
            ConditionShape = conditionShape,
            WhenTrueShape = trueShape,
            WhenFalseShape = falseShape,
        });
        session.Record(
            output,
            context => WriteBoth(context, whenTrue, whenFalse, (trueGradient, falseGradient) =>
                PointwiseOperations.WhereBackward.Launch(context.Device, new WhereBackwardArguments
                {
                    Condition = condition.Single,
                    OutputGradient = context.Gradient.Single,
                    WhenTrueGradient = trueGradient,
                    WhenFalseGradient = falseGradient,
                    ConditionShape = conditionShape,
                    WhenTrueShape = trueShape,
                    WhenFalseShape = falseShape,
                })),
            condition);
        return output;
    }

    private static Tensor Binary(
        Tensor left, Tensor right, Operation<BinaryArguments> forward, Operation<BinaryBackwardArguments> backward)
    {
        var (leftShape, rightShape, shape) = Broadcast(left, right);
        var session = left.Session;
        var output = session.Result(shape, left, right);
        forward.Launch(session.Device, new BinaryArguments
        {
            Left = left.Single,
            Right = right.Single,
            Output = output.Single,
            LeftShape = leftShape,
            RightShape = rightShape,
        });
        session.Record(
            output,
            context => WriteBoth(context, left, right, (leftGradient, rightGradient) =>
                backward.Launch(context.Device, new BinaryBackwardArguments
                {
                    Left = left.Single,
                    Right = right.Single,
                    OutputGradient = context.Gradient.Single,
                    LeftGradient = leftGradient,
                    RightGradient = rightGradient,
                    LeftShape = leftShape,
                    RightShape = rightShape,
                })),
            left,
            right);
        return output;
    }

    private static bool HandOn(BackwardContext context, Tensor operand, float scale, TensorShape outputShape)
    {
        if (scale != 1 || operand.Shape != outputShape)
        {
            return false;
        }

        context.Accumulate(operand, context.Gradient);
        return true;
    }

    /// <summary>One launch that writes the gradients of both operands, or of the one that needs it.</summary>
    private static void WriteBoth(BackwardContext context, Tensor? left, Tensor? right, Action<DeviceSpan<float>, DeviceSpan<float>> launch)
    {
        var leftGradient = left is { RequiresGradient: true } ? context.Session.Empty(left.Shape) : null;
        var rightGradient = right is { RequiresGradient: true } ? context.Session.Empty(right.Shape) : null;
        if (leftGradient is null && rightGradient is null)
        {
            return;
        }

        launch(leftGradient?.Single ?? default, rightGradient?.Single ?? default);
        if (leftGradient is not null)
        {
            context.Accumulate(left!, leftGradient);
        }

        if (rightGradient is not null)
        {
            context.Accumulate(right!, rightGradient);
        }
    }

    private static (Shape4 Left, Shape4 Right, TensorShape Output) Broadcast(Tensor left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return (Shape4Of(left), Shape4Of(right), BroadcastShape(left.Shape, right.Shape));
    }

    private static TensorShape BroadcastShape(TensorShape left, TensorShape right)
    {
        var rank = Math.Max(left.Rank, right.Rank);
        var sizes = new int[rank];
        for (var fromEnd = 1; fromEnd <= rank; fromEnd++)
        {
            var (l, r) = (fromEnd <= left.Rank ? left[^fromEnd] : 1, fromEnd <= right.Rank ? right[^fromEnd] : 1);
            sizes[rank - fromEnd] = l == r || r == 1
                ? l
                : l == 1
                    ? r
                    : throw new ArgumentException($"The shapes {left} and {right} cannot be combined: {l} and {r} differ and neither is 1.");
        }

        return new TensorShape(sizes);
    }

    private static Shape4 Shape4Of(Tensor tensor) => Shape4.Of(tensor.Shape.AsSpan());
}
