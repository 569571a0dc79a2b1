using System.Runtime.ExceptionServices;

namespace KernelDiff.Engine.Data;

/// <summary>Work on many faces by several threads.</summary>
internal static class ParallelFaces
{
    /// <summary>
    /// Does the work for 0 to <paramref name="count"/> - 1 in any order. What several threads throw, such as that the disk is full, is thrown
    /// once and as it is.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void For(int count, int threads, Action<int> work, CancellationToken cancellation)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, work);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.Flatten().InnerExceptions[0]);
        }
    }
}
