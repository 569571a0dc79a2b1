namespace KernelDiff.Kernels.Plans;

/// <summary>
/// The sizes by which a plan tells the calls of an operation apart: those of one image, so that no choice can depend on a batch.
/// </summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
public interface IPlannedShape<TSelf> : IEquatable<TSelf>
    where TSelf : struct, IPlannedShape<TSelf>
{
    /// <summary>Reads what <see cref="Describe"/> writes.</summary>
    static abstract bool TryParse(string text, out TSelf shape);

    /// <summary>The sizes in one short word sequence, without the batch.</summary>
    string Describe();
}
