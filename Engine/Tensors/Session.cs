using System.Collections.Concurrent;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tensors;

/// <summary>Where tensors live: a device and the stack of scopes that own what operations allocate.</summary>
/// <remarks>One thread uses a session.</remarks>
public sealed class Session : IDisposable
{
    private readonly ConcurrentDictionary<Device, Session> lanes = new();
    private readonly Scope root;
    private Scope current;

    /// <param name="device">Stays the caller's: the session does not dispose it.</param>
    public Session(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        Device = device;
        current = root = new Scope(this, null, isRecording: false);
    }

    public Device Device { get; }

    /// <summary>Whether operations are recorded on a tape now.</summary>
    public bool IsRecording => Recording is not null;

    /// <summary>The tape that records now, null where gradients are not wanted.</summary>
    internal Tape? Recording => current.Tape;

    /// <summary>Opens a scope; at its end everything that was made in it is freed, except what it returned and what a tape keeps.</summary>
    public Scope BeginScope() => current = new Scope(this, current, isRecording: true);

    /// <summary>Opens a scope in which nothing is recorded, also inside a tape.</summary>
    public Scope BeginWithoutGradient() => current = new Scope(this, current, isRecording: false);

    /// <summary>Opens a tape: a scope that records what it needs for <see cref="Tape.Backward"/>.</summary>
    public Tape BeginTape()
    {
        var tape = new Tape(this, current);
        current = tape;
        return tape;
    }

    /// <summary>Runs a function in a scope of its own that frees all but the result.</summary>
    public Tensor Scoped(Func<Tensor> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        using var scope = BeginScope();
        return scope.Return(body());
    }

    /// <summary>
    /// Runs a function in a scope of its own and lets go of a tensor that nobody needs afterwards, but for what a tape has saved of it.
    /// </summary>
    /// <param name="consumed">A tensor of the current scope that is used here for the last time, or null.</param>
    /// <param name="body">Uses <paramref name="consumed"/>.</param>
    public Tensor Consume(Tensor? consumed, Func<Tensor> body)
    {
        var result = Scoped(body);
        if (consumed is not null)
        {
            // A result on the same memory has a hold of its own.
            current.Release(consumed.Storage);
        }

        return result;
    }

    /// <summary>Lets go of tensors of the current scope that nobody needs any more, but for what a tape has saved of them.</summary>
    public void Release(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            current.Release(tensor.Storage);
        }
    }

    /// <summary>A tensor with host values.</summary>
    /// <exception cref="ArgumentException">The number of values is not the shape's.</exception>
    public Tensor FromValues<T>(ReadOnlySpan<T> values, TensorShape shape, bool requiresGradient = false)
        where T : unmanaged
    {
        if (values.Length != shape.Elements)
        {
            throw new ArgumentException($"{values.Length} values do not fill a tensor of shape {shape}.", nameof(values));
        }

        var tensor = Allocate<T>(shape, requiresGradient);
        tensor.Span.CopyFrom(values);
        return tensor.Tensor;
    }

    /// <summary>A tensor of zeros.</summary>
    public Tensor Zeros(TensorShape shape)
    {
        var (tensor, span) = Allocate<float>(shape, requiresGradient: false);
        span.Clear();
        return tensor;
    }

    /// <summary>A float tensor with undefined content, for an operation to fill.</summary>
    public Tensor Empty(TensorShape shape) => Allocate<float>(shape, requiresGradient: false).Tensor;

    /// <summary>As <see cref="Empty"/>, of another element type.</summary>
    public Tensor Empty<T>(TensorShape shape)
        where T : unmanaged => Allocate<T>(shape, requiresGradient: false).Tensor;

    public void Dispose()
    {
        while (current != root)
        {
            current.Dispose();
        }

        root.Dispose();
        foreach (var lane in lanes.Values)
        {
            lane.Dispose();
        }
    }

    /// <summary>The session of a lane of this session's device; the lane's thread uses it.</summary>
    internal Session OfLane(Device lane) => lanes.GetOrAdd(lane, static device => new Session(device));

    internal (Tensor Tensor, DeviceSpan<T> Span) Allocate<T>(TensorShape shape, bool requiresGradient)
        where T : unmanaged
    {
        var span = Device.Allocate<T>(shape.Elements);
        var storage = new Storage(Device, span.Buffer!);
        current.Own(storage);
        return (Tensor.Create(this, shape, storage, span, requiresGradient), span);
    }

    internal void Own(Storage storage) => current.Own(storage);

    /// <summary>A float tensor for the result of an operation: it requires a gradient if an input does and a tape records.</summary>
    internal Tensor Result(TensorShape shape, params ReadOnlySpan<Tensor?> inputs) =>
        Allocate<float>(shape, IsRecorded(inputs)).Tensor;

    /// <summary>A tensor on the memory of another, for views that gradients flow through.</summary>
    internal Tensor ResultView(Tensor source, TensorShape shape, int offset)
    {
        current.Own(source.Storage);
        return source.View(shape, offset, IsRecorded(source));
    }

    /// <summary>Records an operation if its result requires a gradient.</summary>
    /// <param name="output">Made by <see cref="Result"/> or <see cref="ResultView"/>.</param>
    /// <param name="backward">Turns the output's gradient into those of the inputs.</param>
    /// <param name="saved">Tensors that <paramref name="backward"/> reads; nulls are skipped.</param>
    internal void Record(Tensor output, Action<BackwardContext> backward, params ReadOnlySpan<Tensor?> saved)
    {
        if (output.RequiresGradient)
        {
            Recording!.Record(new TapeNode(output, backward, saved.ToArray()));
        }
    }

    private bool IsRecorded(params ReadOnlySpan<Tensor?> inputs)
    {
        if (Recording is not null)
        {
            foreach (var input in inputs)
            {
                if (input is { RequiresGradient: true })
                {
                    return true;
                }
            }
        }

        return false;
    }

    internal void End(Scope scope)
    {
        if (scope != current)
        {
            throw new InvalidOperationException("Scopes must end in the reverse order of their beginning.");
        }

        current = scope.Parent ?? root;
    }
}
