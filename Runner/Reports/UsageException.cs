namespace KernelDiff.Runner;

/// <summary>The command line was well-formed but asks for something that does not exist or does not fit together.</summary>
internal sealed class UsageException : Exception
{
    public UsageException()
    {
    }

    public UsageException(string message)
        : base(message)
    {
    }

    public UsageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Something was named that is not among <paramref name="known"/>; the message suggests the nearest of them.</summary>
    /// <param name="kind">What was named, such as <c>operation</c>.</param>
    /// <param name="name">The name that was given.</param>
    /// <param name="known">The names that exist.</param>
    /// <param name="remedy">What lists the names or tells more, as a sentence.</param>
    public static UsageException Unknown(string kind, string name, IEnumerable<string> known, string remedy)
    {
        var nearest = NearestMatch.Find(name, known);
        return new UsageException($"There is no {kind} '{name}'.{(nearest is null ? "" : $" Did you mean '{nearest}'?")} {remedy}");
    }
}
