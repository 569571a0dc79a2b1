namespace KernelDiff.Engine.Tensors;

/// <summary>What a tensor holds on a device.</summary>
public enum ElementType
{
    Single,
    Int32,
    UInt8,
}
