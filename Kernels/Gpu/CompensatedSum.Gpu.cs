using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDiff.Kernels.Gpu;

/// <summary>
/// A sum and what rounding took from it, so that a long sum whose terms cancel keeps the accuracy of its terms. Stands in for double
/// precision, which GPUs compute at a small fraction of their speed.
/// </summary>
/// <remarks>The exact error of an addition in six additions: Knuth, The Art of Computer Programming, volume 2, section 4.2.2.</remarks>
internal struct CompensatedSum
{
    /// <summary>Half of the bits of a significand: products of two such halves are exact.</summary>
    private const uint UpperHalf = 0xFFFFF000;

    /// <summary>The sum, rounded at every step.</summary>
    public float High;

    /// <summary>The sum of the rounding errors.</summary>
    public float Low;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float term)
    {
        var high = High + term;
        var termPart = high - High;
        var sumPart = high - termPart;
        Low += (High - sumPart) + (term - termPart);
        High = high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(CompensatedSum other)
    {
        Add(other.High);
        Low += other.Low;
    }

    /// <summary>Adds factor · value without rounding the product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(float factor, float value)
    {
        var factorHigh = Interop.IntAsFloat(Interop.FloatAsInt(factor) & UpperHalf);
        var valueHigh = Interop.IntAsFloat(Interop.FloatAsInt(value) & UpperHalf);
        var factorLow = factor - factorHigh;
        var valueLow = value - valueHigh;
        Add(factorHigh * valueHigh);
        Low += ((factorHigh * valueLow) + (factorLow * valueHigh)) + (factorLow * valueLow);
    }

    /// <summary>Adds factor · other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(float factor, CompensatedSum other)
    {
        AddProduct(factor, other.High);
        Low += factor * other.Low;
    }
}
