using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Engine.Functional;

/// <summary>Matrix products.</summary>
public static class Products
{
    /// <summary>input · weights + bias + residual over the last dimension. Saves input and weights.</summary>
    /// <param name="input">[..., input channels].</param>
    /// <param name="weights">[input channels, output channels].</param>
    /// <param name="bias">[output channels], or null.</param>
    /// <param name="residual">[..., output channels], or null.</param>
    /// <exception cref="ArgumentException">Shapes do not fit together.</exception>
    public static Tensor Linear(Tensor input, Tensor weights, Tensor? bias, Tensor? residual = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        Operand.RequireRank(weights, 2, nameof(weights));
        var (rows, inner, columns) = (input.Shape.ElementsBefore(-1), weights.Shape[0], weights.Shape[1]);
        if (input.Shape[-1] != inner)
        {
            throw new ArgumentException(
                $"The input {input.Shape} has {input.Shape[-1]} channels, the weights {weights.Shape} expect {inner}.", nameof(input));
        }

        var outputShape = input.Shape.With(-1, columns);
        Operand.RequireShape(bias, new TensorShape(columns), nameof(bias));
        Operand.RequireShape(residual, outputShape, nameof(residual));
        var session = input.Session;
        var output = session.Result(outputShape, input, weights, bias, residual);
        MatmulOperations.Matmul.Launch(session.Device, new MatmulArguments
        {
            Rows = rows,
            Columns = columns,
            Inner = inner,
            Left = input.Single,
            Right = weights.Single,
            Output = output.Single,
            Bias = bias?.Single ?? default,
            Residual = residual?.Single ?? default,
        });
        session.Record(
            output,
            context =>
            {
                if (residual is not null)
                {
                    context.Accumulate(residual, context.Gradient);
                }

                Convolutions.WriteBias(context, bias, 1, rows, columns);
                context.Write(weights, (gradient, accumulate) => MatmulOperations.Matmul.Launch(context.Device, new MatmulArguments
                {
                    Rows = inner,
                    Columns = columns,
                    Inner = rows,
                    Left = input.Single,
                    TransposeLeft = true,
                    Right = context.Gradient.Single,
                    Output = gradient,
                    Beta = accumulate ? 1 : 0,
                }));
                context.Write(input, (gradient, accumulate) => MatmulOperations.Matmul.Launch(context.Device, new MatmulArguments
                {
                    Rows = rows,
                    Columns = inner,
                    Inner = columns,
                    Left = context.Gradient.Single,
                    Right = weights.Single,
                    TransposeRight = true,
                    Output = gradient,
                    Beta = accumulate ? 1 : 0,
                }));
            },
            weights.RequiresGradient ? input : null,
            weights);
        return output;
    }

    /// <summary>left · right for every batch. Saves both.</summary>
    /// <param name="left">[batch, rows, inner].</param>
    /// <param name="right">[batch, inner, columns].</param>
    /// <returns>[batch, rows, columns].</returns>
    /// <exception cref="ArgumentException">Shapes do not fit together.</exception>
    public static Tensor Matmul(Tensor left, Tensor right)
    {
        Operand.RequireRank(left, 3, nameof(left));
        Operand.RequireRank(right, 3, nameof(right));
        var (batch, rows, inner, columns) = (left.Shape[0], left.Shape[1], left.Shape[2], right.Shape[2]);
        Operand.RequireShape(right, new TensorShape(batch, inner, columns), nameof(right));
        var session = left.Session;
        var output = session.Result(new TensorShape(batch, rows, columns), left, right);
        var arguments = new MatmulArguments
        {
            Batch = batch,
            Rows = rows,
            Columns = columns,
            Inner = inner,
            Left = left.Single,
            Right = right.Single,
            Output = output.Single,
            LeftBatchStride = rows * inner,
            RightBatchStride = inner * columns,
            OutputBatchStride = rows * columns,
        };
        MatmulOperations.Matmul.Launch(session.Device, arguments);
        session.Record(
            output,
            context =>
            {
                context.Write(left, gradient => MatmulOperations.Matmul.Launch(context.Device, arguments with
                {
                    Rows = rows,
                    Columns = inner,
                    Inner = columns,
                    Left = context.Gradient.Single,
                    LeftBatchStride = rows * columns,
                    TransposeRight = true,
                    Output = gradient,
                    OutputBatchStride = rows * inner,
                }));
                context.Write(right, gradient => MatmulOperations.Matmul.Launch(context.Device, arguments with
                {
                    Rows = inner,
                    Columns = columns,
                    Inner = rows,
                    TransposeLeft = true,
                    Right = context.Gradient.Single,
                    RightBatchStride = rows * columns,
                    Output = gradient,
                    OutputBatchStride = inner * columns,
                }));
            },
            left,
            right);
        return output;
    }
}
