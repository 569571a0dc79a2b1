namespace KernelDiff.Engine.Training;

/// <summary>What one optimiser step reports.</summary>
/// <param name="Step">1 for the first.</param>
/// <param name="Loss">What was minimised, mean over the step's images.</param>
/// <param name="GradientNorm">L2 norm of all gradients before clipping.</param>
/// <param name="IsSkipped">Whether the gradients were not finite, so that nothing changed.</param>
/// <param name="Images">Images of the step.</param>
/// <param name="Duration">Of the whole step, reading the data included.</param>
public record TrainingStep(int Step, float Loss, float GradientNorm, bool IsSkipped, int Images, TimeSpan Duration)
{
    /// <summary>The parts of the loss and other figures by name, for logs.</summary>
    public IReadOnlyList<(string Name, float Value)> Details { get; init; } = [];
}

/// <summary>Training stopped because gradients were not finite many times in a row.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <param name="step">Where it stopped.</param>
    /// <param name="skipped">Steps in a row that changed nothing.</param>
    public TrainingDivergedException(int step, int skipped)
        : base(
            $"At step {step} the gradients were not finite for the {skipped}th time in a row. Nothing was changed by these steps. "
            + "Resume from the last checkpoint with a lower learning rate or a smaller clip_norm.")
    {
    }
}

/// <summary>Counts steps whose gradients are not finite, and stops training after too many in a row.</summary>
internal sealed class NonFiniteGuard(int limit)
{
    private int inARow;

    /// <summary>Whether a step changes anything.</summary>
    /// <param name="step">1 for the first.</param>
    /// <param name="norms">Of the gradients.</param>
    /// <exception cref="TrainingDivergedException">This is one too many.</exception>
    public bool Accepts(int step, params ReadOnlySpan<float> norms)
    {
        foreach (var norm in norms)
        {
            if (!float.IsFinite(norm))
            {
                inARow++;
                return inARow < limit ? false : throw new TrainingDivergedException(step, inARow);
            }
        }

        inARow = 0;
        return true;
    }
}
