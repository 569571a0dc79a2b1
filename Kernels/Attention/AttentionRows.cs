using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>Row by row arithmetic of the SIMD twins.</summary>
internal static unsafe class AttentionRows
{
    /// <summary>destination[i][c] = factor · source[i][c], the destination without gaps.</summary>
    [MethodImpl(HotLoop.Options)]
    public static void Scale<T>(float* source, long stride, int rows, int width, float factor, float* destination)
        where T : unmanaged, ISimd<T>
    {
        for (var row = 0; row < rows; row++, source += stride, destination += width)
        {
            Multiply<T>(source, factor, destination, width);
        }
    }

    /// <summary>destination[c] = factor · source[c].</summary>
    [MethodImpl(HotLoop.Options)]
    public static void Multiply<T>(float* source, float factor, float* destination, int count)
        where T : unmanaged, ISimd<T>
    {
        var factors = T.Create(factor);
        var i = 0;
        for (; i <= count - T.Width; i += T.Width)
        {
            T.Store(T.Load(source + i) * factors, destination + i);
        }

        if (i < count)
        {
            T.StorePartial(T.LoadPartial(source + i, count - i) * factors, destination + i, count - i);
        }
    }

    /// <summary>destination[c] = factor · (the sum of <paramref name="rows"/> rows in their order).</summary>
    [MethodImpl(HotLoop.Options)]
    public static void Sum<T>(float* source, long stride, int rows, float factor, float* destination, int count)
        where T : unmanaged, ISimd<T>
    {
        for (var i = 0; i < count; i += T.Width)
        {
            var rest = Math.Min(T.Width, count - i);
            var sum = T.LoadPartial(source + i, rest);
            for (var row = 1; row < rows; row++)
            {
                sum += T.LoadPartial(source + (row * stride) + i, rest);
            }

            T.StorePartial(sum * T.Create(factor), destination + i, rest);
        }
    }

    /// <summary>The sum of a[c] · b[c].</summary>
    [MethodImpl(HotLoop.Options)]
    public static float Dot<T>(float* a, float* b, int count)
        where T : unmanaged, ISimd<T>
    {
        var sum = T.Zero;
        for (var i = 0; i < count; i += T.Width)
        {
            var rest = Math.Min(T.Width, count - i);
            sum = T.MultiplyAdd(T.LoadPartial(a + i, rest), T.LoadPartial(b + i, rest), sum);
        }

        return T.Sum(sum);
    }

    /// <summary>Turns scores into probabilities, and gradients of probabilities into gradients of scores.</summary>
    /// <param name="scores">Logarithms to base two; become 2^(score - <paramref name="logSumExp"/>).</param>
    /// <param name="gradients">Become probability · (gradient - <paramref name="mean"/>).</param>
    /// <param name="count">Number of scores.</param>
    /// <param name="logSumExp">Of the whole row, to base two.</param>
    /// <param name="mean">The mean of the row's gradients under its probabilities.</param>
    [MethodImpl(HotLoop.Options)]
    public static void ScoreGradient<T>(float* scores, float* gradients, int count, float logSumExp, float mean)
        where T : unmanaged, ISimd<T>
    {
        var subtrahend = T.Create(logSumExp);
        var means = T.Create(mean);
        var i = 0;
        for (; i <= count - T.Width; i += T.Width)
        {
            var probability = SoftmaxPower.OfTwo(T.Load(scores + i) - subtrahend);
            T.Store(probability, scores + i);
            T.Store(probability * (T.Load(gradients + i) - means), gradients + i);
        }

        if (i < count)
        {
            var rest = count - i;
            var probability = SoftmaxPower.OfTwo(T.LoadPartial(scores + i, rest) - subtrahend);
            T.StorePartial(probability, scores + i, rest);
            T.StorePartial(probability * (T.LoadPartial(gradients + i, rest) - means), gradients + i, rest);
        }
    }
}
