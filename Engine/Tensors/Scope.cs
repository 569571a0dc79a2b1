namespace KernelDiff.Engine.Tensors;

/// <summary>Owns the tensors that are made while it is the innermost scope, and frees them when it ends.</summary>
public class Scope : IDisposable
{
    private readonly List<Storage> owned = [];
    private bool ended;

    internal Scope(Session session, Scope? parent, bool isRecording)
    {
        Session = session;
        Parent = parent;
        Tape = isRecording ? parent?.Tape : null;
    }

    public Session Session { get; }

    internal Scope? Parent { get; }

    /// <summary>The tape that operations in this scope are recorded on.</summary>
    internal Tape? Tape { get; private protected init; }

    /// <summary>Hands a tensor to the enclosing scope, so that it outlives this one.</summary>
    public Tensor Return(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        (Parent ?? this).Own(tensor.Storage);
        return tensor;
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    internal void Own(Storage storage)
    {
        storage.Retain();
        owned.Add(storage);
    }

    /// <summary>Gives up this scope's hold of a tensor before the scope ends; nothing happens if it does not own it.</summary>
    internal void Release(Storage storage)
    {
        var index = owned.LastIndexOf(storage);
        if (index >= 0)
        {
            owned.RemoveAt(index);
            storage.Release();
        }
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || ended)
        {
            return;
        }

        ended = true;
        Session.End(this);
        foreach (var storage in owned)
        {
            storage.Release();
        }

        owned.Clear();
    }
}
