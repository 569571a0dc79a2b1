namespace KernelDiff.Kernels.Pointwise;

/// <summary>A function of two variables and two constants, inlined into the kernels that are generic over it.</summary>
internal interface IGpuBinaryFunction
{
    float Forward(float left, float right, float a, float b);
}
