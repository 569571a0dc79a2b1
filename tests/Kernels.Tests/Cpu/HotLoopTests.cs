using System.Reflection;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Cpu;

public sealed class HotLoopTests
{
    [Test]
    public void No_method_that_is_optimised_from_the_first_call_is_compiled_into_a_caller()
    {
        const BindingFlags Declared =
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var hot = typeof(CpuDevice).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(Declared))
            .Where(method => method.MethodImplementationFlags.HasFlag(MethodImplAttributes.AggressiveOptimization))
            .ToArray();
        Assert.That(hot, Has.Length.GreaterThan(100));
        Assert.That(
            hot.Where(method => !method.MethodImplementationFlags.HasFlag(MethodImplAttributes.NoInlining))
                .Select(method => $"{method.DeclaringType}.{method.Name}"),
            Is.Empty);
    }
}
