using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// A batch of products C = f(alpha · op(A) · op(B) + beta · C + bias) + residual, by pointers. Row strides count floats; columns are
/// contiguous. A batch stride of zero repeats the operand.
/// </summary>
internal readonly unsafe struct GemmProblem
{
    public GemmProblem()
    {
    }

    /// <summary>Rows of C and op(A).</summary>
    public required int Rows { get; init; }

    /// <summary>Columns of C and op(B).</summary>
    public required int Columns { get; init; }

    /// <summary>Columns of op(A), rows of op(B).</summary>
    public required int Depth { get; init; }

    /// <summary>[Rows, Depth], or [Depth, Rows] if transposed.</summary>
    public required float* A { get; init; }

    public required long AStride { get; init; }

    public bool TransposeA { get; init; }

    /// <summary>[Depth, Columns], or [Columns, Depth] if transposed; not read where <see cref="Packed"/> is given.</summary>
    public float* B { get; init; }

    public long BStride { get; init; }

    public bool TransposeB { get; init; }

    /// <summary>op(B) as <see cref="Gemm.Pack{T}"/> left it, or null.</summary>
    public float* Packed { get; init; }

    /// <summary>[Rows, Columns].</summary>
    public required float* C { get; init; }

    public required long CStride { get; init; }

    public float Alpha { get; init; } = 1;

    public float Beta { get; init; }

    /// <summary>[Columns], or null.</summary>
    public float* Bias { get; init; }

    public Activation Activation { get; init; }

    /// <summary>[Rows, Columns], or null; may be C.</summary>
    public float* Residual { get; init; }

    public long ResidualStride { get; init; }

    public int Batch { get; init; } = 1;

    public long ABatchStride { get; init; }

    public long BBatchStride { get; init; }

    /// <summary>Floats from one packed B to the next; zero where one serves the whole batch.</summary>
    public long PackedBatchStride { get; init; }

    public long CBatchStride { get; init; }

    public long ResidualBatchStride { get; init; }

    public bool HasEpilogue => Activation != Activation.None || Residual != null;
}
