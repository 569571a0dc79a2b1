namespace KernelDiff.Engine.Files;

/// <summary>
/// The one exception that reading a weight file raises, whatever is wrong with the file: it is missing, unreadable, of another format,
/// damaged, hostile, or lacks a tensor that was asked for. The message names the file, the fault and what to do.
/// </summary>
public sealed class WeightFileException : Exception
{
    /// <param name="path">The file as the user named it.</param>
    /// <param name="fault">What is wrong, as a clause without a full stop.</param>
    /// <param name="advice">What to do about it, as a sentence.</param>
    /// <param name="innerException">The cause, where the operating system reported one.</param>
    public WeightFileException(string path, string fault, string advice, Exception? innerException = null)
        : base($"{PrintableText.Escape(path)}: {fault}. {advice}", innerException)
    {
        FilePath = path;
        Fault = fault;
        Advice = advice;
    }

    /// <summary>The file as the user named it.</summary>
    public string FilePath { get; }

    /// <summary>What is wrong with the file.</summary>
    public string Fault { get; }

    /// <summary>What the user can do.</summary>
    public string Advice { get; }
}
