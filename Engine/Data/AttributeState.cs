namespace KernelDiff.Engine.Data;

/// <summary>What is known or asked of an attribute; the values are those that batches hold.</summary>
public enum AttributeState : byte
{
    No = 0,
    Yes = 1,
    Unspecified = 2,
}
