using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Training;

/// <summary>A training that a <see cref="TrainingRun"/> can drive, save and resume.</summary>
public abstract class Trainer : IDisposable
{
    /// <summary>The word for it on the command line: <c>diffusion</c>, <c>autoencoder</c>, <c>parser</c>, <c>classifier</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Steps made, skipped ones included.</summary>
    public int Steps { get; private protected set; }

    /// <summary>What the training set is, see <see cref="TrainingState.Data"/>.</summary>
    public abstract string DataFingerprint { get; }

    /// <summary>Everything that training changes.</summary>
    internal abstract IReadOnlyList<NetworkState> States { get; }

    /// <summary>One optimiser step.</summary>
    /// <exception cref="TrainingDivergedException">The gradients were not finite too many times in a row.</exception>
    public abstract TrainingStep Step();

    /// <summary>Writes the model as it is to be used: averaged weights where there are any.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public abstract void WriteModel(string path);

    /// <summary>A grid that shows what the model can do now, always for the same conditions.</summary>
    public abstract RgbImage DrawSamples();

    /// <summary>Goes on after a number of steps; the states have been read.</summary>
    internal void Restore(int steps) => Steps = steps;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
