namespace KernelDiff.Kernels.Generator;

/// <summary>A checked-in source file that this program writes. One small class per file; list it in <see cref="GeneratedFiles.All"/>.</summary>
public interface IGeneratedFile
{
    /// <summary>Where the file lies, relative to the root of the repository, with forward slashes.</summary>
    string Path { get; }

    /// <summary>The whole text, lines ended by a line feed; the same on every call.</summary>
    string Text { get; }
}
