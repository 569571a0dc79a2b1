using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Tests.Winograd;

/// <summary>The ways in which the CPU cuts a Winograd convolution.</summary>
internal enum WinogradCut
{
    Blocks,
    Chunks,
    Stages,
    FewTiles,
}

/// <summary>Runs a Winograd convolution cut in a given way.</summary>
internal static class WinogradCuts
{
    /// <summary>Outputs of random values, the same ones for the same shape; what nobody writes is NaN.</summary>
    /// <param name="device">Its vector width is used.</param>
    /// <param name="tile">Pixels of an output tile's edge, 2 or 4.</param>
    /// <param name="shape">Of the convolution.</param>
    /// <param name="isGradient">Whether to compute the input gradient instead.</param>
    /// <param name="cut">How it is cut.</param>
    /// <param name="inPhases">Whether to compute an up-sampled image's convolution in the phases of its outputs.</param>
    public static float[] Run(
        CpuDevice device, int tile, ConvolutionShape shape, bool isGradient, WinogradCut cut, bool inPhases = false) =>
        (device.Width, tile) switch
        {
            (SimdWidth.Vector512, 4) => Run<Winograd4, Float512>(device, shape, isGradient, cut, inPhases),
            (SimdWidth.Vector512, _) => Run<Winograd2, Float512>(device, shape, isGradient, cut, inPhases),
            (SimdWidth.Vector256, 4) => Run<Winograd4, Float256>(device, shape, isGradient, cut, inPhases),
            (SimdWidth.Vector256, _) => Run<Winograd2, Float256>(device, shape, isGradient, cut, inPhases),
            (_, 4) => Run<Winograd4, Float128>(device, shape, isGradient, cut, inPhases),
            _ => Run<Winograd2, Float128>(device, shape, isGradient, cut, inPhases),
        };

    private static float[] Run<TWinograd, T>(CpuDevice device, ConvolutionShape shape, bool isGradient, WinogradCut cut, bool inPhases)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T>
    {
        var random = new Random(11);
        var source = Upload(isGradient ? shape.OutputLength : shape.InputLength);
        var weights = Upload(shape.WeightsLength);
        var target = Upload(isGradient ? shape.InputLength : shape.OutputLength);
        if (!isGradient)
        {
            target.CopyFrom(Enumerable.Repeat(float.NaN, target.Length).ToArray());
        }

        var bias = Upload(shape.OutputChannels);
        Launch();
        return target.ToArray();

        DeviceSpan<float> Upload(int length) =>
            device.Upload<float>([.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)]);

        unsafe void Launch()
        {
            WinogradGeometry[] geometries = isGradient ? [WinogradGeometry.InputGradient(shape)]
                : inPhases ? [.. WinogradPhase.All.ToArray().Select(phase => phase.Of(shape))]
                : [WinogradGeometry.Forward(shape)];
            var operands = new IndirectConvolution.Operands
            {
                Source = source.Pointer(),
                Weights = weights.Pointer(),
                Target = target.Pointer(),
                Bias = isGradient ? null : bias.Pointer(),
                Activation = isGradient ? Activation.None : Activation.Silu,
                Accumulate = isGradient,
            };
            foreach (var geometry in geometries)
            {
                switch (cut)
                {
                    case WinogradCut.Blocks:
                        WinogradConvolution.RunBlocks<TWinograd, T>(device, geometry, operands);
                        break;
                    case WinogradCut.Chunks:
                        WinogradConvolution.RunChunks<TWinograd, T>(device.Workers, geometry, operands);
                        break;
                    case WinogradCut.FewTiles:
                        WinogradConvolution.RunFewTiles(device, geometry, operands);
                        break;
                    default:
                        WinogradConvolution.RunStages<TWinograd, T>(device, geometry, operands);
                        break;
                }
            }
        }
    }
}
