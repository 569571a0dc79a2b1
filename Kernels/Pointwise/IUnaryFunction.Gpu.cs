namespace KernelDiff.Kernels.Pointwise;

/// <summary>The scalar form of an <see cref="IUnaryFunction"/>, inlined into the kernels that are generic over it.</summary>
internal interface IGpuUnaryFunction
{
    float Forward(float x, float a, float b);

    float Derivative(float saved, float a, float b);
}
