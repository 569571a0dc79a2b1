namespace KernelDiff.Kernels.Cases;

/// <summary>How a case uses an operand.</summary>
public enum OperandRole
{
    Input,

    /// <summary>Written entirely; tests hand it over full of NaN.</summary>
    Output,

    /// <summary>Read and written, such as the parameters of an optimiser step.</summary>
    InputOutput,
}

/// <summary>Element types that operations work on.</summary>
public enum OperandType
{
    Single,
    Int32,
    UInt8,
}

/// <summary>An operand of a case: name, type, length and how it is filled.</summary>
public sealed record Operand
{
    private Operand(string name, OperandRole role, OperandType type, int length, Fill? fill)
    {
        Name = name;
        Role = role;
        Type = type;
        Length = length;
        Fill = fill;
    }

    public string Name { get; }

    public OperandRole Role { get; }

    public OperandType Type { get; }

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    public Fill? Fill { get; }

    /// <summary>Whether the leading dimension is the batch, so that image i owns the i-th of <c>Batch</c> equal parts.</summary>
    public bool PerImage { get; init; }

    /// <summary>The tolerance of this output, null for the case's.</summary>
    public Tolerance? Tolerance { get; init; }

    public bool IsWritten => Role != OperandRole.Input;

    public static Operand Input(string name, int length, Fill fill) => new(name, OperandRole.Input, OperandType.Single, length, fill);

    public static Operand Integers(string name, int length, Fill fill) => new(name, OperandRole.Input, OperandType.Int32, length, fill);

    public static Operand Bytes(string name, int length, Fill fill) => new(name, OperandRole.Input, OperandType.UInt8, length, fill);

    public static Operand Output(string name, int length) => new(name, OperandRole.Output, OperandType.Single, length, null);

    public static Operand IntegerOutput(string name, int length) => new(name, OperandRole.Output, OperandType.Int32, length, null);

    public static Operand ByteOutput(string name, int length) => new(name, OperandRole.Output, OperandType.UInt8, length, null);

    public static Operand InputOutput(string name, int length, Fill fill) =>
        new(name, OperandRole.InputOutput, OperandType.Single, length, fill);

    /// <summary>This operand with <see cref="PerImage"/> set.</summary>
    public Operand ForEachImage() => this with { PerImage = true };
}
