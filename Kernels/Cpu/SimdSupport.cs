using System.Runtime.Intrinsics;

namespace KernelDiff.Kernels.Cpu;

/// <summary>Which vector widths this processor has, and which one the process uses.</summary>
public static class SimdSupport
{
    /// <summary>The environment variable that chooses the width: 128, 256 or 512.</summary>
    public const string EnvironmentVariable = "KERNELDIFF_SIMD";

    /// <summary>The widths that this processor executes, narrowest first.</summary>
    public static IReadOnlyList<SimdWidth> Supported { get; } =
        [.. Enum.GetValues<SimdWidth>().Where(IsSupported)];

    /// <summary>
    /// The width taken when nobody chooses: the widest one, except that AVX-512 is passed over on the processors that lower their
    /// clock for it, as the runtime reports them.
    /// </summary>
    public static SimdWidth Preferred { get; } =
        IsSupported(SimdWidth.Vector512) && Vector512.IsHardwareAccelerated ? SimdWidth.Vector512
        : IsSupported(SimdWidth.Vector256) ? SimdWidth.Vector256
        : SimdWidth.Vector128;

    public static bool IsSupported(SimdWidth width) => width switch
    {
        SimdWidth.Vector128 => Float128.IsSupported,
        SimdWidth.Vector256 => Float256.IsSupported,
        SimdWidth.Vector512 => Float512.IsSupported,
        _ => false,
    };

    /// <summary>The width that <see cref="EnvironmentVariable"/> names, or <see cref="Preferred"/> where it is not set.</summary>
    /// <exception cref="DeviceException">The variable names no width, or one that this processor lacks.</exception>
    public static SimdWidth FromEnvironment()
    {
        try
        {
            return Parse(Environment.GetEnvironmentVariable(EnvironmentVariable));
        }
        catch (ArgumentException exception)
        {
            throw new DeviceException(exception.Message, exception);
        }
    }

    /// <summary>Reads a width as the user writes it; null and blanks mean <see cref="Preferred"/>.</summary>
    /// <exception cref="ArgumentException">The text names no width, or one that this processor lacks.</exception>
    public static SimdWidth Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Preferred;

        SimdWidth width = text.Trim() switch
        {
            "128" => SimdWidth.Vector128,
            "256" => SimdWidth.Vector256,
            "512" => SimdWidth.Vector512,
            _ => throw new ArgumentException(
                $"{EnvironmentVariable}={text} names no vector width; set it to 128, 256 or 512, or leave it unset."),
        };
        if (!IsSupported(width))
        {
            string available = string.Join(", ", Supported.Select(supported => (int)supported));
            throw new ArgumentException(
                $"{EnvironmentVariable}={text} asks for a vector width that this processor does not have; it has {available}.");
        }

        return width;
    }
}
