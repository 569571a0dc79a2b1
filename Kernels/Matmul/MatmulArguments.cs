using System.Text;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// output[b] = f(alpha · op(left[b]) · op(right[b]) + beta · output[b] + bias) + residual[b], with f the <see cref="Activation"/> and op
/// the identity or the transposition: NN, NT and TN products, batched, of row-major matrices.
/// </summary>
/// <remarks>
/// <para>
/// Every matrix is read through the distance between its rows and the distance between its batches, so that heads, slices and fused
/// projections need no copies. A row of the output has the same bits whatever the number of rows and of batches, and wherever it stands.
/// </para>
/// <para>
/// The gradients of C = A·B are products too: dA = dC·Bᵀ (NT) and dB = Aᵀ·dC (TN).
/// </para>
/// </remarks>
public readonly record struct MatmulArguments : IOperationArguments
{
    /// <summary>Products in the batch.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Rows of the output.</summary>
    public required int Rows { get; init; }

    /// <summary>Columns of the output.</summary>
    public required int Columns { get; init; }

    /// <summary>Terms of every sum.</summary>
    public required int Inner { get; init; }

    /// <summary>[batch][rows][inner], or [batch][inner][rows] if <see cref="TransposeLeft"/>.</summary>
    public required DeviceSpan<float> Left { get; init; }

    /// <summary>[batch][inner][columns], or [batch][columns][inner] if <see cref="TransposeRight"/>.</summary>
    public required DeviceSpan<float> Right { get; init; }

    /// <summary>[batch][rows][columns]. Must not overlap any other operand.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>[columns], shared by all rows and batches, or absent.</summary>
    public DeviceSpan<float> Bias { get; init; }

    /// <summary>[batch][rows][columns], added after the activation, or absent.</summary>
    public DeviceSpan<float> Residual { get; init; }

    /// <summary>Whether the left operand is stored transposed (TN). Not together with <see cref="TransposeRight"/>.</summary>
    public bool TransposeLeft { get; init; }

    /// <summary>Whether the right operand is stored transposed (NT). Not together with <see cref="TransposeLeft"/>.</summary>
    public bool TransposeRight { get; init; }

    /// <summary>Elements between the starts of stored rows of the left operand; 0 if they follow one another.</summary>
    public int LeftStride { get; init; }

    /// <summary>Elements between the starts of stored rows of the right operand; 0 if they follow one another.</summary>
    public int RightStride { get; init; }

    /// <summary>Elements between the starts of rows of the output; 0 if they follow one another.</summary>
    public int OutputStride { get; init; }

    /// <summary>Elements between the starts of rows of the residual; 0 if they follow one another.</summary>
    public int ResidualStride { get; init; }

    /// <summary>Elements between the starts of batches of the left operand; 0 if all batches share one matrix.</summary>
    public int LeftBatchStride { get; init; }

    /// <summary>Elements between the starts of batches of the right operand; 0 if all batches share one matrix.</summary>
    public int RightBatchStride { get; init; }

    /// <summary>Elements between the starts of batches of the output. Batches must not overlap.</summary>
    public int OutputBatchStride { get; init; }

    /// <summary>Elements between the starts of batches of the residual; 0 if all batches share one matrix.</summary>
    public int ResidualBatchStride { get; init; }

    /// <summary>Factor of the product.</summary>
    public float Alpha { get; init; } = 1;

    /// <summary>Factor of what the output holds; at 0 the output is not read.</summary>
    public float Beta { get; init; }

    public Activation Activation { get; init; }

    /// <summary>Starts from the defaults: one batch, alpha 1, beta 0.</summary>
    public MatmulArguments()
    {
    }

    public long Bytes
    {
        get
        {
            long left = (LeftBatchStride == 0 ? 1L : Batch) * Rows * Inner;
            long right = (RightBatchStride == 0 ? 1L : Batch) * Inner * Columns;
            long output = (long)Batch * Rows * Columns;
            long residual = Residual.IsAbsent ? 0 : (ResidualBatchStride == 0 ? 1L : Batch) * Rows * Columns;
            return sizeof(float) * (left + right + (Beta == 0 ? output : 2 * output) + Bias.Length + residual);
        }
    }

    public long FloatingPointOperations => 2L * Batch * Rows * Columns * Inner;

    /// <summary>Columns of the left operand as it is stored.</summary>
    internal int LeftWidth => TransposeLeft ? Rows : Inner;

    /// <summary>Columns of the right operand as it is stored.</summary>
    internal int RightWidth => TransposeRight ? Inner : Columns;

    /// <summary><see cref="LeftStride"/> with 0 replaced by what it stands for.</summary>
    internal int LeftRowStride => LeftStride == 0 ? LeftWidth : LeftStride;

    /// <summary><see cref="RightStride"/> with 0 replaced by what it stands for.</summary>
    internal int RightRowStride => RightStride == 0 ? RightWidth : RightStride;

    /// <summary><see cref="OutputStride"/> with 0 replaced by what it stands for.</summary>
    internal int OutputRowStride => OutputStride == 0 ? Columns : OutputStride;

    /// <summary><see cref="ResidualStride"/> with 0 replaced by what it stands for.</summary>
    internal int ResidualRowStride => ResidualStride == 0 ? Columns : ResidualStride;

    public void Validate()
    {
        Check.Positive("batch", Batch);
        Check.Positive("rows", Rows);
        Check.Positive("columns", Columns);
        Check.Positive("inner", Inner);
        if (TransposeLeft && TransposeRight)
        {
            throw new ArgumentException("Both operands are transposed; compute the transposed product instead: exchange them and transpose neither.");
        }

        CheckMatrix("left", Left, TransposeLeft ? Inner : Rows, LeftWidth, LeftRowStride, LeftBatchStride);
        CheckMatrix("right", Right, TransposeRight ? Columns : Inner, RightWidth, RightRowStride, RightBatchStride);
        CheckMatrix("output", Output, Rows, Columns, OutputRowStride, OutputBatchStride);
        if (!Residual.IsAbsent)
        {
            CheckMatrix("residual", Residual, Rows, Columns, ResidualRowStride, ResidualBatchStride);
        }

        Check.OptionalLength("bias", Bias, Columns);
        CheckOutputBatches();
    }

    public string Describe()
    {
        var text = new StringBuilder(TransposeLeft ? "tn" : TransposeRight ? "nt" : "nn");
        text.Append(' ').Append(Batch > 1 ? $"{Batch}x" : "").Append($"{Rows}x{Columns}x{Inner}");
        if (Alpha != 1)
        {
            text.Append(" alpha");
        }

        if (Beta != 0)
        {
            text.Append(" beta");
        }

        if (!Bias.IsAbsent)
        {
            text.Append(" bias");
        }

        if (Activation != Activation.None)
        {
            text.Append(Activation == Activation.Silu ? " silu" : " gelu");
        }

        return text.Append(Residual.IsAbsent ? "" : " residual").ToString();
    }

    private void CheckMatrix(string operand, DeviceSpan<float> span, int rows, int width, int stride, int batchStride)
    {
        if (stride < width)
        {
            throw new ArgumentException($"The rows of '{operand}' have {width} elements but start only {stride} elements apart.");
        }

        if (batchStride < 0)
        {
            throw new ArgumentException($"The batches of '{operand}' start {batchStride} elements apart; the distance cannot be negative.");
        }

        Check.Covers(operand, span, ((Batch - 1L) * batchStride) + ((rows - 1L) * stride) + width);
    }

    /// <summary>Batches follow one another as wholes, or lie side by side within the rows (heads).</summary>
    private void CheckOutputBatches()
    {
        bool follow = OutputBatchStride >= ((Rows - 1L) * OutputRowStride) + Columns;
        bool sideBySide = OutputBatchStride >= Columns && ((Batch - 1L) * OutputBatchStride) + Columns <= OutputRowStride;
        if (Batch > 1 && !follow && !sideBySide)
        {
            throw new ArgumentException(
                $"The batches of 'output' overlap: {Rows}x{Columns} elements, rows {OutputRowStride} and batches {OutputBatchStride} elements apart.");
        }
    }
}
