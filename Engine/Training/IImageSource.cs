namespace KernelDiff.Engine.Training;

/// <summary>The training set of an autoencoder.</summary>
public interface IImageSource
{
    /// <summary>Images.</summary>
    int Count { get; }

    /// <summary>Names the files and the size: sets with the same fingerprint are the same.</summary>
    string Fingerprint { get; }

    /// <summary>Reads images.</summary>
    /// <param name="draws">Which, mirrored or not.</param>
    /// <param name="pixels">[draws][size][size][3].</param>
    void Read(ReadOnlySpan<TrainingDraw> draws, Span<byte> pixels);
}
