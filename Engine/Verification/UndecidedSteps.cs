using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Verification;

/// <summary>
/// Counts, for every weight, the steps at the beginning of a training in which its gradient is nothing but rounding noise. AdamW's first
/// step is as long as the learning rate however small the gradient, and its sign is then that of the noise: a recording cannot decide it.
/// </summary>
internal sealed class UndecidedSteps
{
    /// <summary>Part of a tensor's largest gradient below which one is noise: a few units in the last place of a sum of such terms.</summary>
    private const float Noise = 5e-7f;

    private readonly ParameterArena arena;
    private readonly int[] counts;
    private int steps;

    public UndecidedSteps(ParameterArena arena)
    {
        this.arena = arena;
        counts = new int[arena.Gradients.Length];
    }

    /// <summary>Takes in the gradients of a step, before the optimiser uses them.</summary>
    public void Count()
    {
        foreach (var parameter in arena.Parameters)
        {
            var gradient = parameter.Gradient.ToArray();
            var counted = CountsOf(parameter);
            var largest = gradient.Max(Math.Abs);
            for (var i = 0; i < gradient.Length; i++)
            {
                // Only an unbroken run from the first step on: later noise is small beside what the moments hold.
                counted[i] += counted[i] == steps && Math.Abs(gradient[i]) < Noise * largest ? 1 : 0;
            }
        }

        steps++;
    }

    /// <summary>The counts of a parameter in the order of its file.</summary>
    public int[] Of(Parameter parameter) => [.. ParameterLayouts
        .ToFile(parameter.Specification, Array.ConvertAll(CountsOf(parameter).ToArray(), count => (float)count))
        .Select(count => (int)count)];

    private Span<int> CountsOf(Parameter parameter) =>
        counts.AsSpan((int)(parameter.Single.Offset - arena.Values.Offset), parameter.Single.Length);
}
