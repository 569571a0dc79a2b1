using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Profiling;

/// <summary>A network of published size with random weights, and one piece of its work that can be repeated: to time and to weigh.</summary>
public abstract class NetworkWorkload : IDisposable
{
    private const ulong Seed = 1;

    private readonly ParameterArena arena;

    /// <param name="session">Stays the caller's.</param>
    /// <param name="network">Has no memory yet.</param>
    /// <param name="withGradients">Whether the work is training.</param>
    private protected NetworkWorkload(Session session, Module network, bool withGradients)
    {
        Session = session;
        arena = network.Materialize(session, withGradients);
        arena.Initialize(Seed);
    }

    /// <summary>Values in the network.</summary>
    public long ParameterCount => arena.ParameterCount;

    /// <summary>The shape of what goes in: [batch, height, width, channels].</summary>
    public abstract TensorShape InputShape { get; }

    private protected Session Session { get; }

    private protected ParameterArena Arena => arena;

    /// <summary>Does the work once and waits for the device.</summary>
    public void Run()
    {
        RunOnce();
        Session.Device.Synchronize();
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected abstract void RunOnce();

    private protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            arena.Dispose();
        }
    }

    /// <summary>Unit normal values, in the innermost scope.</summary>
    private protected Tensor Normal(uint stream, TensorShape shape) =>
        RandomTensors.Normal(Session, shape, new RandomKey { Seed = Seed, Stream = stream });
}
