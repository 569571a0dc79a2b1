using System.Runtime.CompilerServices;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tensors;

/// <summary>
/// A dense array on a device, last dimension contiguous. Its memory belongs to the scope in which it was made; what backward needs is
/// kept by the tape as long as it is needed.
/// </summary>
public class Tensor
{
    private readonly object span;

    private protected Tensor(Session session, TensorShape shape, ElementType elementType, Storage storage, object span)
    {
        Session = session;
        Shape = shape;
        ElementType = elementType;
        Storage = storage;
        this.span = span;
    }

    public Session Session { get; }

    public TensorShape Shape { get; }

    public ElementType ElementType { get; }

    /// <summary>Whether backward computes a gradient for this tensor.</summary>
    public bool RequiresGradient { get; internal init; }

    public Device Device => Session.Device;

    internal Storage Storage { get; }

    /// <summary>The elements for an operation on floats.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds something else, or its scope has ended.</exception>
    public DeviceSpan<float> Single => Span<float>();

    /// <summary>The elements for an operation on int32 values, such as labels.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds something else, or its scope has ended.</exception>
    public DeviceSpan<int> Int32 => Span<int>();

    /// <summary>The elements for an operation on bytes, such as pixels.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds something else, or its scope has ended.</exception>
    public DeviceSpan<byte> UInt8 => Span<byte>();

    /// <summary>Waits for the device and copies the elements to the host.</summary>
    public float[] ToArray() => Single.ToArray();

    /// <summary>The value of a tensor with one element.</summary>
    /// <exception cref="InvalidOperationException">The tensor has another number of elements.</exception>
    public float ToScalar() => Shape.Elements == 1
        ? Single.ToArray()[0]
        : throw new InvalidOperationException($"A tensor of shape {Shape} is not a scalar.");

    /// <summary>
    /// Applies a function in a scope of its own and lets go of this tensor of the current scope, which is used here for the last time,
    /// but for what a tape has saved of it.
    /// </summary>
    public Tensor Consume(Func<Tensor, Tensor> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return Session.Consume(this, () => function(this));
    }

    public override string ToString() => $"{ElementType}{Shape} on {Device.Name}";

    internal static Tensor Create<T>(Session session, TensorShape shape, Storage storage, DeviceSpan<T> span, bool requiresGradient)
        where T : unmanaged =>
        new(session, shape, TypeOf<T>(), storage, span) { RequiresGradient = requiresGradient };

    /// <summary>A tensor on the same memory.</summary>
    internal Tensor View(TensorShape shape, int offset, bool requiresGradient) => ElementType switch
    {
        ElementType.Single => Create(Session, shape, Storage, Single.Slice(offset, shape.Elements), requiresGradient),
        ElementType.Int32 => Create(Session, shape, Storage, Int32.Slice(offset, shape.Elements), requiresGradient),
        _ => Create(Session, shape, Storage, UInt8.Slice(offset, shape.Elements), requiresGradient),
    };

    /// <summary>An image of a float batch, as a batch of one on the same memory, for the session of a lane.</summary>
    internal Tensor ForLane(Session lane, int image)
    {
        var shape = Shape.With(0, 1);
        var span = Single.Slice(image * shape.Elements, shape.Elements);
        return Create(lane, shape, Storage.Borrow(lane.Device), span, requiresGradient: false);
    }

    private static ElementType TypeOf<T>()
    {
        if (typeof(T) == typeof(float))
        {
            return ElementType.Single;
        }

        return typeof(T) == typeof(int) ? ElementType.Int32 : ElementType.UInt8;
    }

    private DeviceSpan<T> Span<T>([CallerMemberName] string asked = "")
        where T : unmanaged
    {
        if (span is not DeviceSpan<T> typed)
        {
            throw new InvalidOperationException($"A tensor of {ElementType} elements cannot be used as {asked}.");
        }

        return Storage.IsAlive
            ? typed
            : throw new InvalidOperationException(
                $"A tensor of shape {Shape} is used after its scope has ended. Return it from the scope, or use it before.");
    }
}
