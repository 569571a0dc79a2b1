using System.Diagnostics;

namespace KernelDiff.Engine.Files;

/// <summary>The type of a stored element. Members carry the names that safetensors gives them.</summary>
public enum ElementType
{
    /// <summary>One byte; zero is false, anything else is true.</summary>
    Bool,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>8-bit signed integer.</summary>
    I8,

    /// <summary>16-bit unsigned integer.</summary>
    U16,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>32-bit unsigned integer.</summary>
    U32,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>64-bit unsigned integer.</summary>
    U64,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>8-bit float, 4 exponent and 3 mantissa bits, no infinities (OCP E4M3FN).</summary>
    F8E4M3,

    /// <summary>8-bit float, 5 exponent and 2 mantissa bits (OCP E5M2).</summary>
    F8E5M2,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>The upper half of a binary32.</summary>
    BF16,

    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary64.</summary>
    F64,
}

/// <summary>Sizes and names of the element types.</summary>
public static class ElementTypes
{
    /// <summary>Bytes per element.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.Bool or ElementType.U8 or ElementType.I8 or ElementType.F8E4M3 or ElementType.F8E5M2 => 1,
        ElementType.U16 or ElementType.I16 or ElementType.F16 or ElementType.BF16 => 2,
        ElementType.U32 or ElementType.I32 or ElementType.F32 => 4,
        ElementType.U64 or ElementType.I64 or ElementType.F64 => 8,
        _ => throw new UnreachableException(),
    };

    /// <summary>Whether values are whole numbers or truth values, which <see cref="WeightFile.ReadInt64"/> reads exactly.</summary>
    public static bool IsInteger(this ElementType type) => type <= ElementType.I64;

    /// <summary>The type as a safetensors header writes it: F32, BF16, BOOL, F8_E4M3.</summary>
    public static string SafeTensorsName(this ElementType type) => type switch
    {
        ElementType.Bool => "BOOL",
        ElementType.F8E4M3 => "F8_E4M3",
        ElementType.F8E5M2 => "F8_E5M2",
        _ => type.ToString(),
    };

    internal static ElementType? FromSafeTensorsName(string name) => name switch
    {
        "BOOL" => ElementType.Bool,
        "U8" => ElementType.U8,
        "I8" => ElementType.I8,
        "U16" => ElementType.U16,
        "I16" => ElementType.I16,
        "U32" => ElementType.U32,
        "I32" => ElementType.I32,
        "U64" => ElementType.U64,
        "I64" => ElementType.I64,
        "F8_E4M3" => ElementType.F8E4M3,
        "F8_E5M2" => ElementType.F8E5M2,
        "F16" => ElementType.F16,
        "BF16" => ElementType.BF16,
        "F32" => ElementType.F32,
        "F64" => ElementType.F64,
        _ => null,
    };
}
