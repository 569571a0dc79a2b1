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
    public static float[] Run<TWinograd, T>(
        CpuDevice device, ConvolutionShape shape, bool isGradient, WinogradCut cut, bool inPhases = false)
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
