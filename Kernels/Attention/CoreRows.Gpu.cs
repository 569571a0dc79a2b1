using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>What a core does with single rows between the products: plain loops, which PoCL's compiler turns into vectors.</summary>
internal static class CoreRows
{
    /// <summary>The largest of <paramref name="count"/> elements and <paramref name="atLeast"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum(ArrayView<float> row, int first, int count, float atLeast)
    {
        var whole = count / Lanes16.Width * Lanes16.Width;
        var lanes = Lanes16.Fill(atLeast);
        for (var i = 0; i < whole; i += Lanes16.Width)
        {
            lanes = Lanes16.Max(lanes, Lanes16.Load(row, first + i));
        }

        var maximum = Lanes16.Largest(lanes);
        for (var i = whole; i < count; i++)
        {
            maximum = GpuMath.AtLeast(maximum, row[first + i]);
        }

        return maximum;
    }

    /// <summary>Replaces each element e by 2^(e - subtrahend) and returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exponentiate(ArrayView<float> row, int first, int count, float subtrahend)
    {
        for (var i = 0; i < count; i++)
        {
            row[first + i] = GpuMath.Exp2(row[first + i] - subtrahend);
        }

        var whole = count / Lanes16.Width * Lanes16.Width;
        var lanes = Lanes16.Fill(0f);
        for (var i = 0; i < whole; i += Lanes16.Width)
        {
            lanes += Lanes16.Load(row, first + i);
        }

        var sum = Lanes16.Sum(lanes);
        for (var i = whole; i < count; i++)
        {
            sum += row[first + i];
        }

        return sum;
    }

    /// <summary>Puts addends into a row, or adds them to factor · row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(
        ArrayView<float> addends, int first, int count, ArrayView<float> row, int index, float factor, bool isFirst)
    {
        if (isFirst)
        {
            for (var i = 0; i < count; i++)
            {
                row[index + i] = addends[first + i];
            }
        }
        else
        {
            for (var i = 0; i < count; i++)
            {
                row[index + i] = (row[index + i] * factor) + addends[first + i];
            }
        }
    }

    /// <summary>Multiplies a row by a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(ArrayView<float> row, int index, int count, float factor)
    {
        for (var i = 0; i < count; i++)
        {
            row[index + i] *= factor;
        }
    }
}
