using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>Weight, bias, scale and shift in a kernel, each of which may be absent.</summary>
internal struct AffineOperands
{
    private ArrayView<float> weight;
    private ArrayView<float> bias;
    private ArrayView<float> scale;
    private ArrayView<float> shift;
    private int hasWeight;
    private int hasBias;
    private int hasScale;
    private int imageStride;

    public static AffineOperands Create(
        GpuDevice device,
        DeviceSpan<float> weight,
        DeviceSpan<float> bias,
        DeviceSpan<float> scale = default,
        DeviceSpan<float> shift = default,
        int imageStride = 0) => new()
        {
            weight = device.View(weight),
            bias = device.View(bias),
            scale = device.View(scale),
            shift = device.View(shift),
            hasWeight = weight.IsAbsent ? 0 : 1,
            hasBias = bias.IsAbsent ? 0 : 1,
            hasScale = scale.IsAbsent ? 0 : 1,
            imageStride = imageStride,
        };

    /// <summary>What the normalised input is multiplied by: weight · (1 + scale).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Factor(int image, int channel)
    {
        var factor = Weight(channel);
        if (hasScale != 0)
        {
            factor *= 1f + scale[(image * imageStride) + channel];
        }

        return factor;
    }

    /// <summary>What is added to it then: bias · (1 + scale) + shift.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Offset(int image, int channel)
    {
        var offset = Bias(channel);
        if (hasScale != 0)
        {
            offset = (offset * (1f + scale[(image * imageStride) + channel])) + shift[(image * imageStride) + channel];
        }

        return offset;
    }

    /// <summary>1 + scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Gain(int image, int channel)
    {
        var gain = 1f;
        if (hasScale != 0)
        {
            gain += scale[(image * imageStride) + channel];
        }

        return gain;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Weight(int channel)
    {
        var value = 1f;
        if (hasWeight != 0)
        {
            value = weight[channel];
        }

        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Bias(int channel)
    {
        var value = 0f;
        if (hasBias != 0)
        {
            value = bias[channel];
        }

        return value;
    }

    /// <summary>Sixteen neighbouring channels: normalised · weight + bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Lanes16 Apply(Lanes16 normalised, int channel)
    {
        var result = Weighted(normalised, channel);
        if (hasBias != 0)
        {
            result += Lanes16.Load(bias, channel);
        }

        return result;
    }

    /// <summary>Sixteen neighbouring channels: value · weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Lanes16 Weighted(Lanes16 value, int channel)
    {
        if (hasWeight != 0)
        {
            value *= Lanes16.Load(weight, channel);
        }

        return value;
    }
}
