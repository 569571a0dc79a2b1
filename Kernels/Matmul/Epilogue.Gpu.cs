using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// Turns a sum into an element of the output: f(alpha · sum + beta · output + bias) + residual. The options are run-time values: they cost
/// a branch that all threads take alike, where type arguments would cost one compiled program for each combination.
/// </summary>
internal struct Epilogue
{
    public ArrayView<float> Output;
    public ArrayView<float> Bias;
    public ArrayView<float> Residual;
    public int OutputStride;
    public int OutputBatchStride;
    public int ResidualStride;
    public int ResidualBatchStride;
    public float Alpha;
    public float Beta;
    public int HasBias;
    public int HasResidual;
    public int Activation;

    /// <summary>The epilogue of a matrix product.</summary>
    public static Epilogue Of(GpuDevice device, in MatmulArguments arguments) => new()
    {
        Output = device.View(arguments.Output),
        Bias = device.View(arguments.Bias),
        Residual = device.View(arguments.Residual),
        OutputStride = arguments.OutputRowStride,
        OutputBatchStride = arguments.OutputBatchStride,
        ResidualStride = arguments.ResidualRowStride,
        ResidualBatchStride = arguments.ResidualBatchStride,
        Alpha = arguments.Alpha,
        Beta = arguments.Beta,
        HasBias = arguments.Bias.IsAbsent ? 0 : 1,
        HasResidual = arguments.Residual.IsAbsent ? 0 : 1,
        Activation = (int)arguments.Activation,
    };

    /// <summary>An epilogue that writes sums as they are to [batch][rows][columns].</summary>
    public static Epilogue Raw(ArrayView<float> sums, int rows, int columns) => new()
    {
        Output = sums,
        Bias = sums,
        Residual = sums,
        OutputStride = columns,
        OutputBatchStride = rows * columns,
        Alpha = 1,
    };

    /// <summary>Index of the first element of a row of the output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int OutputIndex(int batch, int row) => (batch * OutputBatchStride) + (row * OutputStride);

    /// <summary>Index of the first element of a row of the residual.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int ResidualIndex(int batch, int row) => (batch * ResidualBatchStride) + (row * ResidualStride);

    /// <summary>Finishes and writes one element.</summary>
    /// <param name="sum">The sum of products.</param>
    /// <param name="column">Column of the element.</param>
    /// <param name="output"><see cref="OutputIndex"/> of its row.</param>
    /// <param name="residual"><see cref="ResidualIndex"/> of its row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float sum, int column, int output, int residual)
    {
        var value = Alpha * sum;
        if (Beta != 0f)
        {
            value += Beta * Output[output + column];
        }

        if (HasBias != 0)
        {
            value += Bias[column];
        }

        if (Activation == (int)Pointwise.Activation.Silu)
        {
            value = GpuMath.Silu(value);
        }

        if (Activation == (int)Pointwise.Activation.Gelu)
        {
            value = GpuMath.Gelu(value);
        }

        if (HasResidual != 0)
        {
            value += Residual[residual + column];
        }

        Output[output + column] = value;
    }

    /// <summary>Whether sums are the output as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool StoresSums() => Alpha == 1f && Beta == 0f && HasBias == 0 && HasResidual == 0 && Activation == 0;

    /// <summary>
    /// Finishes and writes consecutive elements of a row: the work of one thread that is a CPU core. A loop for each step, because OpenCL
    /// compilers for CPUs vectorise small loops without branches.
    /// </summary>
    /// <param name="sums">Sums of products, which are overwritten.</param>
    /// <param name="first">Index of the first sum.</param>
    /// <param name="count">Number of elements.</param>
    /// <param name="column">Column of the first element.</param>
    /// <param name="output"><see cref="OutputIndex"/> of the row.</param>
    /// <param name="residual"><see cref="ResidualIndex"/> of the row.</param>
    public readonly void StoreRow(ArrayView<float> sums, int first, int count, int column, int output, int residual)
    {
        if (Alpha != 1f)
        {
            for (var i = 0; i < count; i++)
            {
                sums[first + i] *= Alpha;
            }
        }

        output += column;
        if (Beta != 0f)
        {
            for (var i = 0; i < count; i++)
            {
                sums[first + i] += Beta * Output[output + i];
            }
        }

        if (HasBias != 0)
        {
            for (var i = 0; i < count; i++)
            {
                sums[first + i] += Bias[column + i];
            }
        }

        if (Activation == (int)Pointwise.Activation.Silu)
        {
            for (var i = 0; i < count; i++)
            {
                sums[first + i] = GpuMath.Silu(sums[first + i]);
            }
        }

        if (Activation == (int)Pointwise.Activation.Gelu)
        {
            for (var i = 0; i < count; i++)
            {
                sums[first + i] = GpuMath.Gelu(sums[first + i]);
            }
        }

        if (HasResidual != 0)
        {
            residual += column;
            for (var i = 0; i < count; i++)
            {
                sums[first + i] += Residual[residual + i];
            }
        }

        for (var i = 0; i < count; i++)
        {
            Output[output + i] = sums[first + i];
        }
    }
}
