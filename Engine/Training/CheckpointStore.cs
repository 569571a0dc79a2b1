using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Training;

/// <summary>
/// The checkpoints of a run, <c>step-N</c> each. A checkpoint is written beside its place and moved there when it is complete; its file
/// <c>DONE</c> holds the SHA-256 of every other file.
/// </summary>
public sealed class CheckpointStore
{
    private const string DoneFile = "DONE";
    private const string Prefix = "step-";
    private const string PartialSuffix = ".partial";

    /// <param name="path">The folder of all checkpoints; need not exist.</param>
    public CheckpointStore(string path)
    {
        Path = path;
    }

    public string Path { get; }

    /// <summary>Steps of which there is a checkpoint, complete or not, the newest first.</summary>
    public IReadOnlyList<int> Steps => !Directory.Exists(Path)
        ? []
        : [.. Directory.EnumerateDirectories(Path, Prefix + "*")
            .Select(folder => int.TryParse(
                System.IO.Path.GetFileName(folder).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1)
            .Where(step => step >= 0)
            .OrderDescending()];

    /// <summary>The folder of a step's checkpoint.</summary>
    public string FolderOf(int step) => System.IO.Path.Combine(Path, Prefix + step.ToString(CultureInfo.InvariantCulture));

    /// <summary>Writes a checkpoint. It appears complete or not at all; older ones beyond a number are deleted afterwards.</summary>
    /// <param name="step">Its step; a checkpoint of this step that is there is replaced.</param>
    /// <param name="write">Writes files into the folder it is given.</param>
    /// <param name="keep">Checkpoints that stay, this one included.</param>
    /// <exception cref="IOException">The disk is full or fails; all older checkpoints are untouched.</exception>
    public void Write(int step, Action<string> write, int keep)
    {
        ArgumentNullException.ThrowIfNull(write);
        var folder = FolderOf(step);
        var partial = folder + PartialSuffix;
        DeleteFolder(partial);
        Directory.CreateDirectory(partial);
        try
        {
            write(partial);
            var sums = new StringBuilder();
            foreach (var file in Directory.EnumerateFiles(partial).Order(StringComparer.Ordinal))
            {
                sums.Append(HashOf(file)).Append("  ").Append(System.IO.Path.GetFileName(file)).Append('\n');
            }

            AtomicFile.WriteAllBytes(System.IO.Path.Combine(partial, DoneFile), Encoding.UTF8.GetBytes(sums.ToString()));
            DeleteFolder(folder);
            Directory.Move(partial, folder);
        }
        catch
        {
            DeleteFolder(partial);
            throw;
        }

        foreach (var old in Steps.Where(other => other < step).Skip(keep - 1))
        {
            DeleteFolder(FolderOf(old));
        }
    }

    /// <summary>The newest checkpoint that is whole.</summary>
    /// <param name="reportDamaged">Told the folder and the fault of every newer one that is not.</param>
    /// <returns>Its step and folder, or null where there is none.</returns>
    public (int Step, string Folder)? FindNewest(Action<string, string> reportDamaged)
    {
        ArgumentNullException.ThrowIfNull(reportDamaged);
        foreach (var step in Steps)
        {
            var folder = FolderOf(step);
            if (FaultOf(folder) is not { } fault)
            {
                return (step, folder);
            }

            reportDamaged(folder, fault);
        }

        return null;
    }

    /// <summary>What is wrong with a checkpoint, null if it is whole.</summary>
    private static string? FaultOf(string folder)
    {
        try
        {
            var done = System.IO.Path.Combine(folder, DoneFile);
            if (!File.Exists(done))
            {
                return $"{DoneFile} is missing: writing it was interrupted";
            }

            var lines = File.ReadAllLines(done);
            foreach (var line in lines)
            {
                if (line.Split("  ", 2) is not [var sum, var name] || name != System.IO.Path.GetFileName(name))
                {
                    return $"{DoneFile} is damaged";
                }

                var file = System.IO.Path.Combine(folder, name);
                if (!File.Exists(file))
                {
                    return $"{name} is missing";
                }

                if (HashOf(file) != sum)
                {
                    return $"{name} is not what was written: its checksum differs";
                }
            }

            return lines.Length > 0 ? null : $"{DoneFile} is empty";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"it cannot be read: {exception.Message}";
        }
    }

    private static string HashOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
