using KernelDiff.Engine.Data;

namespace KernelDiff.Engine.Training;

/// <summary>Faces with masks and attributes at one size, for both trainings.</summary>
public interface IFaceSource : IImageSource
{
    /// <summary>Reads label maps.</summary>
    /// <param name="draws">Which, mirrored or not.</param>
    /// <param name="size">Edge of the maps.</param>
    /// <param name="labels">[draws][size][size].</param>
    void ReadLabels(ReadOnlySpan<TrainingDraw> draws, int size, Span<byte> labels);

    /// <summary>The 40 attributes of an image.</summary>
    ReadOnlySpan<AttributeState> Attributes(int image);
}
