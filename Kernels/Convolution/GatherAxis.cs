namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// One direction of a <see cref="GatherPhase"/>: target i lies at <see cref="TargetStart"/> + i · <see cref="TargetStep"/> and takes tap t
/// from the source at <see cref="SourceStart"/> + i · <see cref="SourceStep"/> + t, where that is inside the source.
/// </summary>
/// <remarks>
/// The weight of tap t is the sum of the kernel's elements from <see cref="KernelStart"/> + t · <see cref="KernelStep"/> on,
/// <see cref="KernelSpan"/> of them, those outside the kernel left out. More than one arises where the sampled image repeats pixels of
/// the source: they are added once, when weights are packed, and not for every pixel.
/// </remarks>
internal readonly record struct GatherAxis
{
    public required int TargetStart { get; init; }

    public required int TargetStep { get; init; }

    /// <summary>Targets of this phase.</summary>
    public required int TargetCount { get; init; }

    public required int SourceStart { get; init; }

    public required int SourceStep { get; init; }

    /// <summary>Source elements that a target takes; zero where no element of the kernel meets this phase.</summary>
    public required int Taps { get; init; }

    public required int KernelStart { get; init; }

    public required int KernelStep { get; init; }

    public required int KernelSpan { get; init; }

    /// <summary>Elements of the kernel in this direction.</summary>
    public required int KernelSize { get; init; }

    /// <summary>The source element behind the last one that a target takes.</summary>
    public int SourceEnd => SourceStart + ((TargetCount - 1) * SourceStep) + Taps;

    /// <summary>Whether tap t is element t of the kernel, for all of them.</summary>
    public bool IsWholeKernel => Taps == KernelSize && KernelStart == 0 && KernelStep == 1 && KernelSpan == 1;

    /// <summary>The kernel's elements that tap <paramref name="tap"/> adds up.</summary>
    public (int First, int Count) KernelRange(int tap)
    {
        var start = KernelStart + (tap * KernelStep);
        var first = Math.Max(0, start);
        return (first, Math.Min(KernelSize, start + KernelSpan) - first);
    }

    /// <summary>The phases of a convolution: one, or two where up-sampling meets an odd stride, because targets then alternate.</summary>
    /// <param name="kernel">Elements of the kernel.</param>
    /// <param name="stride">Pixels between windows.</param>
    /// <param name="padding">Zeros before the first pixel.</param>
    /// <param name="upsample">Whether every source pixel counts twice.</param>
    /// <param name="targets">Output pixels.</param>
    public static GatherAxis[] Forward(int kernel, int stride, int padding, bool upsample, int targets)
    {
        var repeat = upsample ? 2 : 1;
        var period = stride % repeat == 0 ? 1 : repeat;
        var phases = new GatherAxis[Math.Min(period, targets)];
        for (var phase = 0; phase < phases.Length; phase++)
        {
            // Window i of the phase starts at origin + i · stride · period in the sampled image, and pixel p of that is p / repeat.
            var origin = (phase * stride) - padding;
            var first = FloorDivide(origin, repeat);
            phases[phase] = new GatherAxis
            {
                TargetStart = phase,
                TargetStep = period,
                TargetCount = CeilingDivide(targets - phase, period),
                SourceStart = first,
                SourceStep = stride * period / repeat,
                Taps = FloorDivide(origin + kernel - 1, repeat) - first + 1,
                KernelStart = (first * repeat) - origin,
                KernelStep = repeat,
                KernelSpan = repeat,
                KernelSize = kernel,
            };
        }

        return phases;
    }

    /// <summary>
    /// The phases of a convolution's input gradient: input pixel y meets output pixel o through element k of the kernel where
    /// repeat · y + d + padding - k = stride · o for a d from 0 to repeat - 1.
    /// </summary>
    /// <param name="kernel">Elements of the kernel.</param>
    /// <param name="stride">Pixels between windows.</param>
    /// <param name="padding">Zeros before the first pixel.</param>
    /// <param name="upsample">Whether every input pixel counts twice.</param>
    /// <param name="targets">Input pixels.</param>
    public static GatherAxis[] InputGradient(int kernel, int stride, int padding, bool upsample, int targets)
    {
        var repeat = upsample ? 2 : 1;
        var period = stride % repeat == 0 ? stride / repeat : stride;
        var phases = new GatherAxis[Math.Min(period, targets)];
        for (var phase = 0; phase < phases.Length; phase++)
        {
            // The tap with the smallest d - k for which the stride divides the sum; the next taps follow at every stride.
            var origin = (repeat * phase) + padding;
            var first = 1 - kernel;
            first += PositiveRemainder(-(origin + first), stride);
            phases[phase] = new GatherAxis
            {
                TargetStart = phase,
                TargetStep = period,
                TargetCount = CeilingDivide(targets - phase, period),
                SourceStart = (origin + first) / stride,
                SourceStep = repeat * period / stride,
                Taps = first < repeat ? ((repeat - 1 - first) / stride) + 1 : 0,
                KernelStart = -first,
                KernelStep = -stride,
                KernelSpan = repeat,
                KernelSize = kernel,
            };
        }

        return phases;
    }

    private static int CeilingDivide(int dividend, int divisor) => (dividend + divisor - 1) / divisor;

    private static int FloorDivide(int dividend, int divisor) => (dividend - PositiveRemainder(dividend, divisor)) / divisor;

    private static int PositiveRemainder(int dividend, int divisor) => ((dividend % divisor) + divisor) % divisor;
}
