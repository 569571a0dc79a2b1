namespace KernelDiff.Kernels.Cpu;

/// <summary>The vector width that the SIMD twins run at; the value is the number of bits.</summary>
public enum SimdWidth
{
    Vector128 = 128,
    Vector256 = 256,
    Vector512 = 512,
}
