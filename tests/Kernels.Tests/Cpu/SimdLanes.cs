using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Cpu;

/// <summary>Runs vector functions over arrays, so that tests can speak of lanes as of array elements.</summary>
internal static unsafe class SimdLanes
{
    public static void RequireWidth<T>()
        where T : unmanaged, ISimd<T>
    {
        if (!T.IsSupported)
            Assert.Ignore($"This processor has no vectors of {32 * T.Width} bits.");
    }

    /// <summary>Applies a function to every element; the last vector is filled up with ones.</summary>
    public static float[] Map<T>(Func<T, T> function, float[] values)
        where T : unmanaged, ISimd<T>
    {
        var result = new float[values.Length];
        fixed (float* source = values, destination = result)
        {
            for (int i = 0; i < values.Length; i += T.Width)
            {
                int count = Math.Min(T.Width, values.Length - i);
                T.StorePartial(function(T.LoadPartial(source + i, count, T.Create(1f))), destination + i, count);
            }
        }

        return result;
    }

    public static float[] Map<T>(Func<T, T, T> function, float[] left, float[] right)
        where T : unmanaged, ISimd<T>
    {
        var result = new float[left.Length];
        fixed (float* l = left, r = right, destination = result)
        {
            for (int i = 0; i < left.Length; i += T.Width)
            {
                int count = Math.Min(T.Width, left.Length - i);
                T.StorePartial(function(T.LoadPartial(l + i, count), T.LoadPartial(r + i, count)), destination + i, count);
            }
        }

        return result;
    }

    public static T Vector<T>(params float[] lanes)
        where T : unmanaged, ISimd<T>
    {
        fixed (float* source = lanes)
            return T.LoadPartial(source, lanes.Length);
    }

    public static float[] ToArray<T>(T value)
        where T : unmanaged, ISimd<T>
    {
        var lanes = new float[T.Width];
        fixed (float* destination = lanes)
            T.Store(value, destination);
        return lanes;
    }

    /// <summary>Every 2^step-th fp32 bit pattern between two numbers of the same sign, both included.</summary>
    public static float[] Sweep(float first, float last, int count)
    {
        int from = BitConverter.SingleToInt32Bits(first);
        int to = BitConverter.SingleToInt32Bits(last);
        return [.. Enumerable.Range(0, count).Select(i => BitConverter.Int32BitsToSingle((int)(from + ((long)to - from) * i / (count - 1))))];
    }

    /// <summary>A dense sweep of both signs over all magnitudes up to a limit, on a logarithmic and on a linear grid.</summary>
    public static float[] BothSigns(float limit)
    {
        float[] positive = [.. Sweep(1e-45f, limit, 20_000), .. Enumerable.Range(0, 20_000).Select(i => limit * i / 20_000f)];
        return [.. positive, .. positive.Select(x => -x)];
    }
}
