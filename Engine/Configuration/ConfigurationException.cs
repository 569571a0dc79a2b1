namespace KernelDiff.Engine.Configuration;

/// <summary>A configuration that cannot be used; the message names the document, the key and the fault.</summary>
public sealed class ConfigurationException : Exception
{
    /// <param name="source">The file or preset.</param>
    /// <param name="fault">What is wrong, as a sentence.</param>
    /// <param name="innerException">The cause.</param>
    public ConfigurationException(string source, string fault, Exception? innerException = null)
        : base($"{source}: {fault}", innerException)
    {
    }
}
