namespace KernelDiff.Kernels;

/// <summary>The operands and sizes of one call of an operation: its contract.</summary>
public interface IOperationArguments
{
    /// <summary>Bytes that the call must read and write at least, each operand once.</summary>
    long Bytes { get; }

    /// <summary>Additions and multiplications of the direct formula, whatever algorithm runs.</summary>
    long FloatingPointOperations { get; }

    /// <summary>Checks every size against every operand before anything is allocated or launched.</summary>
    /// <exception cref="ArgumentException">An operand has another length than its shape says; the message names both.</exception>
    void Validate();

    /// <summary>The sizes and options that decide which code runs, in one short word sequence such as <c>nn 64x32x16 bias</c>.</summary>
    string Describe();
}
