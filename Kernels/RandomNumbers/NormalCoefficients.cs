namespace KernelDiff.Kernels.RandomNumbers;

/// <summary>
/// sin(x) = x + x³·(s3 + s5·x² + s7·x⁴) and cos(x) = 1 - x²/2 + x⁴·(c4 + c6·x² + c8·x⁴) on |x| ≤ π/4, errors below 1e-8: minimax
/// coefficients of Moshier's Cephes library.
/// </summary>
internal static class NormalCoefficients
{
    public const float Sine3 = -1.6666654611e-1f;
    public const float Sine5 = 8.3321608736e-3f;
    public const float Sine7 = -1.9515295891e-4f;
    public const float Cosine4 = 4.166664568298827e-2f;
    public const float Cosine6 = -1.388731625493765e-3f;
    public const float Cosine8 = 2.443315711809948e-5f;
}
