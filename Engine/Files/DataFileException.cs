namespace KernelDiff.Engine.Files;

/// <summary>
/// The one exception that reading images, masks, annotations and folders of them raises, whatever is wrong: missing, unreadable, damaged,
/// hostile, of another format. The message names the file, the fault and what to do.
/// </summary>
public sealed class DataFileException : Exception
{
    /// <param name="path">The file or folder as the user named it.</param>
    /// <param name="fault">What is wrong, as a clause without a full stop.</param>
    /// <param name="advice">What to do about it, as a sentence.</param>
    /// <param name="innerException">The cause, where another library reported one.</param>
    public DataFileException(string path, string fault, string advice, Exception? innerException = null)
        : base($"{PrintableText.Escape(path)}: {fault}. {advice}", innerException)
    {
        FilePath = path;
        Fault = fault;
        Advice = advice;
    }

    /// <summary>The file or folder as the user named it.</summary>
    public string FilePath { get; }

    /// <summary>What is wrong with it.</summary>
    public string Fault { get; }

    /// <summary>What the user can do.</summary>
    public string Advice { get; }
}
