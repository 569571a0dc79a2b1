using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Functional;

/// <summary>Activation checkpointing: trade a second forward pass for the memory that recording it would take.</summary>
public static class Checkpointing
{
    /// <summary>
    /// Runs a block without recording it; backward runs it again, recording, and goes back through it. Saves the inputs only.
    /// </summary>
    /// <param name="block">Uses nothing that requires a gradient but its inputs and parameters, and gives the same bits each time.</param>
    /// <param name="inputs">At least one.</param>
    public static Tensor Run(Func<Tensor[], Tensor> block, params Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(inputs);
        var session = inputs[0].Session;
        if (session.Recording is null)
        {
            return session.Scoped(() => block(inputs));
        }

        Tensor unrecorded;
        using (var scope = session.BeginWithoutGradient())
        {
            unrecorded = scope.Return(block(inputs));
        }

        var output = unrecorded.View(unrecorded.Shape, 0, requiresGradient: true);
        session.Record(
            output,
            context =>
            {
                // Leaves of the inner tape: it must stop at the block's border.
                var leaves = Array.ConvertAll(inputs, input => input.View(input.Shape, 0, input.RequiresGradient));
                using var tape = session.BeginTape();
                var again = block(leaves);
                if (!again.RequiresGradient)
                {
                    return;
                }

                tape.Backward(again, context.Gradient);
                for (var i = 0; i < inputs.Length; i++)
                {
                    if (tape.TryGradientOf(leaves[i]) is { } gradient)
                    {
                        context.Accumulate(inputs[i], gradient);
                    }
                }
            },
            inputs);
        return output;
    }
}
