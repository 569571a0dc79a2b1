using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Losses;

/// <summary>SIMD twin; the functions have no target, so the scores stand in for it.</summary>
internal readonly unsafe struct HingeLoss : ISimdKernel<HingeLossArguments>
{
    public static void Run<T>(CpuDevice device, in HingeLossArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        switch (arguments.Side)
        {
            case HingeSide.Real:
                Run<T, HingeRealFunction>(device, arguments);
                break;
            case HingeSide.Fake:
                Run<T, HingeFakeFunction>(device, arguments);
                break;
            default:
                Run<T, HingeGeneratorFunction>(device, arguments);
                break;
        }
    }

    private static void Run<T, TFunction>(CpuDevice device, in HingeLossArguments arguments)
        where T : unmanaged, ISimd<T>
        where TFunction : struct, ILossFunction =>
        LossSums<T, TFunction>.Run(
            device,
            arguments.Scores.Pointer(),
            arguments.Scores.Pointer(),
            arguments.SampleWeights.Pointer(),
            arguments.SampleLosses.Pointer(),
            arguments.Loss.Pointer(),
            arguments.Samples,
            arguments.Elements);
}

/// <inheritdoc cref="HingeLoss"/>
internal readonly unsafe struct HingeLossGradient : ISimdKernel<HingeLossGradientArguments>
{
    public static void Run<T>(CpuDevice device, in HingeLossGradientArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        switch (arguments.Side)
        {
            case HingeSide.Real:
                Run<T, HingeRealFunction>(device, arguments);
                break;
            case HingeSide.Fake:
                Run<T, HingeFakeFunction>(device, arguments);
                break;
            default:
                Run<T, HingeGeneratorFunction>(device, arguments);
                break;
        }
    }

    private static void Run<T, TFunction>(CpuDevice device, in HingeLossGradientArguments arguments)
        where T : unmanaged, ISimd<T>
        where TFunction : struct, ILossFunction =>
        LossGradient<T, TFunction>.Run(
            device,
            arguments.Scores.Pointer(),
            arguments.Scores.Pointer(),
            arguments.SampleWeights.Pointer(),
            arguments.LossGradient.Pointer(),
            arguments.ScoreGradient.Pointer(),
            arguments.Samples,
            arguments.Elements);
}
