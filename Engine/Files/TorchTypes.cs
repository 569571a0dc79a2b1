using System.Collections.Frozen;

namespace KernelDiff.Engine.Files;

/// <summary>The names under which PyTorch stores element types.</summary>
internal static class TorchTypes
{
    /// <summary>
    /// Typed storages, and the element types that tensors on an untyped storage name. An untyped storage counts bytes.
    /// </summary>
    private static readonly FrozenDictionary<string, ElementType> Types = new Dictionary<string, ElementType>
    {
        ["torch.FloatStorage"] = ElementType.F32,
        ["torch.DoubleStorage"] = ElementType.F64,
        ["torch.HalfStorage"] = ElementType.F16,
        ["torch.BFloat16Storage"] = ElementType.BF16,
        ["torch.LongStorage"] = ElementType.I64,
        ["torch.IntStorage"] = ElementType.I32,
        ["torch.ShortStorage"] = ElementType.I16,
        ["torch.CharStorage"] = ElementType.I8,
        ["torch.ByteStorage"] = ElementType.U8,
        ["torch.BoolStorage"] = ElementType.Bool,
        ["torch.cuda.FloatStorage"] = ElementType.F32,
        ["torch.cuda.DoubleStorage"] = ElementType.F64,
        ["torch.cuda.HalfStorage"] = ElementType.F16,
        ["torch.cuda.BFloat16Storage"] = ElementType.BF16,
        ["torch.cuda.LongStorage"] = ElementType.I64,
        ["torch.cuda.IntStorage"] = ElementType.I32,
        ["torch.cuda.ShortStorage"] = ElementType.I16,
        ["torch.cuda.CharStorage"] = ElementType.I8,
        ["torch.cuda.ByteStorage"] = ElementType.U8,
        ["torch.cuda.BoolStorage"] = ElementType.Bool,
        ["torch.UntypedStorage"] = ElementType.U8,
        ["torch.storage.UntypedStorage"] = ElementType.U8,
        ["torch.float32"] = ElementType.F32,
        ["torch.float64"] = ElementType.F64,
        ["torch.float16"] = ElementType.F16,
        ["torch.bfloat16"] = ElementType.BF16,
        ["torch.float8_e4m3fn"] = ElementType.F8E4M3,
        ["torch.float8_e5m2"] = ElementType.F8E5M2,
        ["torch.int64"] = ElementType.I64,
        ["torch.int32"] = ElementType.I32,
        ["torch.int16"] = ElementType.I16,
        ["torch.int8"] = ElementType.I8,
        ["torch.uint64"] = ElementType.U64,
        ["torch.uint32"] = ElementType.U32,
        ["torch.uint16"] = ElementType.U16,
        ["torch.uint8"] = ElementType.U8,
        ["torch.bool"] = ElementType.Bool,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The element type that a global stands for, or null where it is none or not supported (complex, quantised).</summary>
    public static ElementType? Find(PickleGlobal global) => Types.TryGetValue(global.FullName, out ElementType type) ? type : null;
}
