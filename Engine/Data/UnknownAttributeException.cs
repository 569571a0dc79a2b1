namespace KernelDiff.Engine.Data;

/// <summary>An attribute was named that is none of the 40.</summary>
public sealed class UnknownAttributeException : Exception
{
    /// <param name="name">The name that was given.</param>
    public UnknownAttributeException(string name)
        : base($"There is no attribute '{name}'.")
    {
        Name = name;
    }

    /// <summary>The name that was given.</summary>
    public string Name { get; }
}
