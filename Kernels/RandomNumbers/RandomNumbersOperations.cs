using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.RandomNumbers;

/// <summary>Random tensors that are a function of seed, stream, step, image and element.</summary>
public static class RandomNumbersOperations
{
    public static Operation<RandomArguments> Uniform { get; } = new(
        "random-uniform",
        "RandomNumbers",
        "multiples of 2^-24 in [0, 1)",
        RandomCases.Uniform,
        CpuVariant.Simd<RandomArguments, RandomUniform>(),
        RandomKernels.UniformVariant);

    public static Operation<RandomArguments> Normal { get; } = new(
        "random-normal",
        "RandomNumbers",
        "mean 0, variance 1, by Box-Muller",
        RandomCases.Normal,
        CpuVariant.Simd<RandomArguments, RandomNormal>(),
        RandomKernels.NormalVariant);

    public static Operation<RandomIntegersArguments> Integers { get; } = new(
        "random-integers",
        "RandomNumbers",
        "integers from 0 to bound - 1",
        RandomCases.Integers,
        CpuVariant.Simd<RandomIntegersArguments, RandomIntegers>(),
        RandomKernels.IntegersVariant);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [Uniform, Normal, Integers];
}
