namespace KernelDiff.Kernels;

/// <summary>Names of types as source code writes them, without namespaces.</summary>
internal static class TypeName
{
    /// <summary>The type and its type arguments: <c>UnaryKernels&lt;Silu&gt;</c>.</summary>
    public static string Of(Type type)
    {
        var length = type.Name.IndexOf('`', StringComparison.Ordinal);
        var name = length < 0 ? type.Name : type.Name[..length];
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>" : name;
    }
}
