using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tensors;

/// <summary>
/// Device memory shared by tensors and their views. Scopes and tape nodes hold references; the last one to let go returns the memory
/// to the pool.
/// </summary>
internal sealed class Storage
{
    private readonly Device device;
    private readonly bool isBorrowed;
    private int references;

    /// <summary>Takes over a pooled buffer, with no reference yet.</summary>
    public Storage(Device device, DeviceBuffer buffer)
    {
        this.device = device;
        Buffer = buffer;
    }

    private Storage(Device device)
    {
        this.device = device;
        isBorrowed = true;
    }

    public DeviceBuffer? Buffer { get; }

    public bool IsAlive => isBorrowed || references > 0;

    /// <summary>Whether somebody else reads this memory too, so that it must not be overwritten.</summary>
    public bool IsShared => isBorrowed || references > 1;

    /// <summary>Memory that somebody else owns, such as a parameter arena: never returned from here.</summary>
    public static Storage Borrow(Device device) => new(device);

    public void Retain() => references++;

    public void Release()
    {
        if (isBorrowed)
        {
            return;
        }

        if (references <= 0)
        {
            throw new InvalidOperationException("A tensor's memory was released more often than it was retained.");
        }

        if (--references == 0)
        {
            device.Pool.Return(Buffer!);
        }
    }
}
