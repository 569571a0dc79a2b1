using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Optimizers;

namespace KernelDiff.Engine.Training;

/// <summary>
/// The moving average of a network's weights that it samples with: decay min(maximum, (1 + n) / (10 + n)) at update n, from 1, as
/// latent-diffusion's <c>LitEma</c>.
/// </summary>
public sealed class ExponentialMovingAverage : IDisposable
{
    private readonly Session session;
    private readonly ParameterArena arena;
    private readonly float maximumDecay;

    /// <summary>Starts from the weights that the arena holds now.</summary>
    public ExponentialMovingAverage(Session session, ParameterArena arena, float maximumDecay = 0.9999f)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(arena);
        this.session = session;
        this.arena = arena;
        this.maximumDecay = maximumDecay;
        Values = session.Device.Allocate<float>(arena.Values.Length);
        Values.CopyFrom(arena.Values);
    }

    /// <summary>The averages, in the arena's order.</summary>
    public DeviceSpan<float> Values { get; }

    /// <summary>Updates made.</summary>
    public int Updates { get; private set; }

    /// <summary>Moves the average towards the weights.</summary>
    public void Update()
    {
        Updates++;
        OptimizersOperations.ExponentialAverage.Launch(session.Device, new ExponentialAverageArguments
        {
            Average = Values,
            Parameters = arena.Values,
            Decay = Math.Min(maximumDecay, (1f + Updates) / (10f + Updates)),
        });
    }

    /// <summary>The average of one parameter.</summary>
    /// <exception cref="ArgumentException">The parameter is not the arena's.</exception>
    public DeviceSpan<float> ValueOf(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return arena.SliceLike(Values, parameter);
    }

    /// <summary>Goes on where another average, whose values were copied, had stopped.</summary>
    /// <param name="updates">Updates that it had made.</param>
    internal void Restore(int updates)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(updates);
        Updates = updates;
    }

    public void Dispose() => session.Device.Pool.Return(Values.Buffer!);
}
