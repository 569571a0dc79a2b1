using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Convolutions on the CPU: a matrix product whose left operand is never built. The micro-kernel gets, for every target pixel and tap, a
/// pointer to the source pixel, or to a row of zeros where that is padding.
/// </summary>
internal static unsafe class IndirectConvolution
{
    /// <summary>The operands by pointers; null for those that are absent.</summary>
    public readonly struct Operands
    {
        public required float* Source { get; init; }

        public required float* Weights { get; init; }

        public required float* Target { get; init; }

        public float* Bias { get; init; }

        public float* ImageBias { get; init; }

        public float* Residual { get; init; }

        public Activation Activation { get; init; }

        /// <summary>Whether sums start from what the target holds; not together with a bias.</summary>
        public bool Accumulate { get; init; }

        public static Operands Of(in ConvolutionArguments arguments) => new()
        {
            Source = arguments.Input.Pointer(),
            Weights = arguments.Weights.Pointer(),
            Target = arguments.Output.Pointer(),
            Bias = arguments.Bias.Pointer(),
            ImageBias = arguments.ImageBias.Pointer(),
            Residual = arguments.Residual.Pointer(),
            Activation = arguments.Activation,
        };

        public static Operands Of(in ConvolutionInputGradientArguments arguments) => new()
        {
            Source = arguments.OutputGradient.Pointer(),
            Weights = arguments.Weights.Pointer(),
            Target = arguments.InputGradient.Pointer(),
            Accumulate = arguments.Accumulate,
        };

        public bool HasEpilogue => ImageBias != null || Residual != null || Activation != Activation.None;
    }

    public static void Run<T>(WorkerPool workers, GatherConvolution convolution, in Operands operands)
        where T : unmanaged, ISimd<T>
    {
        foreach (var phase in convolution.Phases)
        {
            if (phase.Taps == 0)
            {
                if (!operands.Accumulate)
                {
                    ClearTargets(convolution, phase, operands.Target);
                }

                continue;
            }

            var plan = new IndirectConvolutionPlan(
                convolution, phase, workers.Threads, T.Width, MicroKernels.MaximumRows<T>(), MicroKernels.MaximumVectors<T>());
            workers.For(plan.Items, new IndirectConvolutionItem<T>(convolution, phase, plan, operands));
        }
    }

    /// <summary>Input pixels that no output sees.</summary>
    private static void ClearTargets(GatherConvolution convolution, GatherPhase phase, float* target)
    {
        var (rows, columns) = (phase.Vertical, phase.Horizontal);
        for (var n = 0; n < convolution.Batch; n++)
        {
            for (var i = 0; i < rows.TargetCount; i++)
            {
                var y = rows.TargetStart + (i * rows.TargetStep);
                for (var j = 0; j < columns.TargetCount; j++)
                {
                    var x = columns.TargetStart + (j * columns.TargetStep);
                    var pixel = ((((long)n * convolution.TargetHeight) + y) * convolution.TargetWidth) + x;
                    new Span<float>(target + (pixel * convolution.TargetChannels), convolution.TargetChannels).Clear();
                }
            }
        }
    }
}
