namespace KernelDiff.Kernels;

/// <summary>Memory that an operation needs while it runs; returned to the pool at the end of the <c>using</c> scope.</summary>
public readonly ref struct Workspace<T>
    where T : unmanaged
{
    private readonly BufferPool pool;

    internal Workspace(BufferPool pool, int length)
    {
        this.pool = pool;
        Span = pool.Rent<T>(length);
    }

    public DeviceSpan<T> Span { get; }

    public void Dispose() => pool.Return(Span.Buffer!);
}
