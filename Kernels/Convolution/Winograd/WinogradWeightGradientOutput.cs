using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Transforms sums back into taps, and stores or adds them.</summary>
internal readonly unsafe struct WinogradWeightGradientOutput<TWinograd, T>
    where TWinograd : IWinograd
    where T : unmanaged, ISimd<T>
{
    private readonly ConvolutionShape shape;
    private readonly float* target;
    private readonly bool accumulate;
    private readonly float* vectors;
    private readonly float* taps;

    /// <param name="shape">Of the convolution.</param>
    /// <param name="target">The gradient of its weights.</param>
    /// <param name="accumulate">Whether to add to what the gradient holds.</param>
    /// <param name="scratch">Room for the vectors of a kernel.</param>
    public WinogradWeightGradientOutput(in ConvolutionShape shape, float* target, bool accumulate, in WorkerScratch scratch)
    {
        this.shape = shape;
        this.target = target;
        this.accumulate = accumulate;
        vectors = scratch.Take<float>((long)TWinograd.Edge * TWinograd.Edge * T.Width);
        taps = scratch.Take<float>(WinogradGeometry.Taps * T.Width);
    }

    /// <summary>Writes the taps of an input channel and some output channels.</summary>
    /// <param name="row">The input channel.</param>
    /// <param name="column">The first output channel.</param>
    /// <param name="columns">Output channels.</param>
    /// <param name="sums">Their sums in the first plane.</param>
    /// <param name="plane">Floats from one plane of sums to the next.</param>
    [MethodImpl(HotLoop.Options)]
    public void Write(int row, int column, int columns, float* sums, long plane)
    {
        for (var channel = 0; channel < columns; channel += T.Width)
        {
            TWinograd.TransformSums<T>(sums + channel, plane, taps, vectors);
            var count = Math.Min(T.Width, columns - channel);
            for (var tap = 0; tap < WinogradGeometry.Taps; tap++)
            {
                var to = target + ((((long)tap * shape.InputChannels) + row) * shape.OutputChannels) + column + channel;
                var value = T.Load(taps + (tap * T.Width));
                T.StorePartial(accumulate ? value + T.LoadPartial(to, count) : value, to, count);
            }
        }
    }
}
