using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Training;

/// <summary>
/// Leaves out conditions at random, each source on its own, so that one network learns to do with both, with either and with none, and
/// with any part of the attributes.
/// </summary>
internal sealed class ConditionDropping(DiffusionTrainingConfiguration configuration)
{
    /// <summary>Sets the conditions of one image.</summary>
    /// <param name="batch">The conditions.</param>
    /// <param name="index">Of the image in the batch.</param>
    /// <param name="number">Of the draw in the training; decides what is left out.</param>
    /// <param name="attributes">40 states.</param>
    /// <param name="labels">The label map.</param>
    public void Set(ConditionBatch batch, int index, long number, ReadOnlySpan<AttributeState> attributes, ReadOnlySpan<byte> labels)
    {
        var random = new Philox(configuration.Seed, TrainingStreams.Drop, (ulong)number);
        var (keepAttributes, keepMask) =
            (random.NextSingle() >= configuration.DropAttributes, random.NextSingle() >= configuration.DropMask);
        Span<AttributeState> known = stackalloc AttributeState[FaceAttributes.Count];
        for (var i = 0; i < known.Length; i++)
        {
            known[i] = random.NextSingle() >= configuration.UnspecifyAttribute ? attributes[i] : AttributeState.Unspecified;
        }

        if (keepAttributes)
        {
            batch.SetAttributes(index, known);
        }

        if (keepMask)
        {
            batch.SetMask(index, labels);
        }
    }
}
