using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Data;

/// <summary>What batches are made of and in which order.</summary>
public sealed record FaceLoaderOptions
{
    /// <summary>Faces in a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Of order and mirroring.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether each face is mirrored with probability one half, anew in each epoch.</summary>
    public bool Mirror { get; init; }

    /// <summary>Whether faces that do not fill a batch at the end of an epoch are left out; otherwise that batch is smaller.</summary>
    public bool DropLast { get; init; } = true;

    /// <summary>Batches that are prepared ahead.</summary>
    public int Ahead { get; init; } = 3;
}

/// <summary>A place in the endless sequence of faces: batches that start at the same place are the same.</summary>
/// <param name="Epoch">How often every face has been used.</param>
/// <param name="Index">Faces of this epoch that have been used.</param>
public readonly record struct FacePosition(long Epoch, int Index);

/// <summary>
/// An endless sequence of batches, prepared ahead on one background thread. The order of an epoch is Fisher and Yates's shuffle by the
/// Philox generator of (seed, epoch); whether a face is mirrored is a function of (seed, epoch, face). So the sequence can be resumed
/// anywhere.
/// </summary>
public sealed class FaceLoader : IDisposable
{
    private const uint OrderStream = 11;
    private const uint MirrorStream = 12;

    private readonly FaceStore store;
    private readonly FaceLoaderOptions options;
    private readonly BlockingCollection<FaceBatch> empty;
    private readonly BlockingCollection<FaceBatch> full;
    private readonly CancellationTokenSource stop = new();
    private readonly Thread thread;
    private ExceptionDispatchInfo? failure;
    private FaceBatch? handedOut;

    /// <param name="store">The faces; it has to live longer than the loader.</param>
    /// <param name="options">Batch size, seed and augmentation.</param>
    /// <param name="start">Where to begin; the beginning by default.</param>
    /// <exception cref="ArgumentException">The store holds fewer faces than a batch, or the position is outside of an epoch.</exception>
    public FaceLoader(FaceStore store, FaceLoaderOptions options, FacePosition start = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Ahead);
        if (options.DropLast && store.Count < options.BatchSize)
        {
            throw new ArgumentException(
                $"There are {store.Count} faces, fewer than a batch of {options.BatchSize}. Lower the batch size.", nameof(options));
        }

        if (start.Epoch < 0 || start.Index < 0 || start.Index > store.Count)
        {
            throw new ArgumentException($"There is no position {start.Index} in an epoch of {store.Count} faces.", nameof(start));
        }

        (this.store, this.options) = (store, options);

        // One batch is in the hands of the caller while the others are prepared.
        empty = new BlockingCollection<FaceBatch>();
        full = new BlockingCollection<FaceBatch>();
        for (var i = 0; i <= options.Ahead; i++)
        {
            empty.Add(new FaceBatch(options.BatchSize, store.Size));
        }

        thread = new Thread(() => Work(start)) { IsBackground = true, Priority = ThreadPriority.BelowNormal, Name = "face loader" };
        thread.Start();
    }

    /// <summary>Batches in an epoch.</summary>
    public int BatchesPerEpoch => (store.Count + (options.DropLast ? 0 : options.BatchSize - 1)) / options.BatchSize;

    /// <summary>The next batch. Its arrays are used again: it is valid until the next call.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public FaceBatch Next(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(stop.IsCancellationRequested, this);
        if (handedOut is not null)
        {
            empty.Add(handedOut, CancellationToken.None);
            handedOut = null;
        }

        try
        {
            handedOut = full.Take(cancellation);
        }
        catch (InvalidOperationException) when (full.IsCompleted)
        {
            failure?.Throw();
            throw;
        }

        return handedOut;
    }

    public void Dispose()
    {
        if (stop.IsCancellationRequested)
        {
            return;
        }

        stop.Cancel();
        thread.Join();
        empty.Dispose();
        full.Dispose();
    }

    /// <summary>The faces of an epoch in the order of use.</summary>
    internal static int[] OrderOf(ulong seed, long epoch, int count) => new Philox(seed, OrderStream, (ulong)epoch).Permutation(count);

    /// <summary>Whether a face is mirrored in an epoch.</summary>
    internal static bool IsMirrored(ulong seed, long epoch, int face) =>
        (Philox.Block((uint)face, (uint)epoch, MirrorStream, (uint)(epoch >> 32), (uint)seed, (uint)(seed >> 32)).X & 1) != 0;

    private void Work(FacePosition position)
    {
        try
        {
            int[]? order = null;
            while (true)
            {
                var left = store.Count - position.Index;
                if (left < (options.DropLast ? options.BatchSize : 1))
                {
                    (position, order) = (new FacePosition(position.Epoch + 1, 0), null);
                    continue;
                }

                order ??= OrderOf(options.Seed, position.Epoch, store.Count);
                var batch = empty.Take(stop.Token);
                var count = Math.Min(options.BatchSize, left);
                batch.Fill(store, options, order.AsSpan(position.Index, count), position);
                position = batch.End;
                full.Add(batch, stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The loader was disposed.
        }
#pragma warning disable CA1031 // Whatever happens on this thread is thrown to the caller of Next.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = ExceptionDispatchInfo.Capture(exception);
        }

        full.CompleteAdding();
    }
}
