using System.Reflection;

namespace KernelDiff.Kernels.Gpu;

/// <summary>An ILGPU kernel: an explicitly grouped static method with one parameter, a struct of views and scalars.</summary>
public abstract class GpuKernel
{
    private protected GpuKernel(MethodInfo method)
    {
        Method = method;
        Name = Describe(method);
    }

    public MethodInfo Method { get; }

    /// <summary>Class, method and type arguments: <c>UnaryKernels&lt;Silu&gt;.Forward</c>.</summary>
    public string Name { get; }

    private static string Describe(MethodInfo method)
    {
        var name = $"{TypeName.Of(method.DeclaringType!)}.{method.Name}";
        return method.IsGenericMethod ? $"{name}<{string.Join(", ", method.GetGenericArguments().Select(TypeName.Of))}>" : name;
    }
}

/// <inheritdoc/>
/// <typeparam name="TParameters">An unmanaged struct of <c>ArrayView</c>s and scalars.</typeparam>
public sealed class GpuKernel<TParameters> : GpuKernel
    where TParameters : struct
{
    /// <param name="kernel">A static method, given as a method group.</param>
    public GpuKernel(Action<TParameters> kernel)
        : base((kernel ?? throw new ArgumentNullException(nameof(kernel))).Method)
    {
    }
}
