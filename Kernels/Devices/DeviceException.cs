namespace KernelDiff.Kernels;

/// <summary>A device cannot be opened, or failed while it was in use. The message says which device, what happened and what to do.</summary>
public class DeviceException : Exception
{
    public DeviceException()
    {
    }

    public DeviceException(string message)
        : base(message)
    {
    }

    public DeviceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A device has no memory left for an allocation, also after its pool gave back what it kept for reuse.</summary>
public sealed class DeviceMemoryException : DeviceException
{
    public DeviceMemoryException()
    {
    }

    public DeviceMemoryException(string message)
        : base(message)
    {
    }

    public DeviceMemoryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A <see cref="BufferPool"/> in <see cref="MemoryMode.Guarded"/> found that a kernel wrote outside its buffer.</summary>
public sealed class GuardZoneException : Exception
{
    public GuardZoneException()
    {
    }

    public GuardZoneException(string message)
        : base(message)
    {
    }

    public GuardZoneException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
