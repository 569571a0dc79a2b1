using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Plans;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner;

/// <summary>
/// The one table from exceptions to messages and exit codes. A failure that a user can do something about is its message, short;
/// anything else names its type and says how to see the stack trace.
/// </summary>
internal static class FailureReport
{
    /// <summary>The first row whose type fits decides, so more derived types stand above their bases.</summary>
    private static readonly Row[] Rows =
    [
        Row.For<OperationCanceledException>(ExitCode.Cancelled, _ => "Cancelled."),
        Row.For<UsageException>(ExitCode.Usage),
        Row.For<RunFolderException>(ExitCode.Usage),
        Row.For<PlanMissingException>(ExitCode.Usage),
        Row.For<TrainingDivergedException>(ExitCode.Failed),
        Row.For<AblationStoppedException>(ExitCode.Failed),
        Row.For<DeviceException>(ExitCode.Device),
        Row.For<OutOfMemoryException>(
            ExitCode.Device,
            e => $"Out of host memory: {e.Message} Try smaller shapes or a smaller batch."),
        Row.For<WeightFileException>(ExitCode.BadInput),
        Row.For<DataFileException>(ExitCode.BadInput),
        Row.For<UnknownAttributeException>(
            ExitCode.Usage,
            e => UsageException.Unknown("attribute", e.Name, FaceAttributes.Names, "The README lists the 40 names.").Message),
        Row.For<ConfigurationException>(ExitCode.BadInput),
        Row.For<FileNotFoundException>(
            ExitCode.BadInput,
            e => e.FileName is { } file ? $"There is no file '{file}'." : e.Message),
        Row.For<DirectoryNotFoundException>(ExitCode.BadInput),
        Row.For<InvalidDataException>(ExitCode.BadInput),
        Row.For<UnauthorizedAccessException>(ExitCode.Failed),
        Row.For<IOException>(ExitCode.Failed),
    ];

    /// <summary>Writes what a user should read about a failure.</summary>
    /// <returns>The exit code that belongs to it.</returns>
    public static int Write(Exception failure, Verbosity verbosity, TextWriter error)
    {
        var exception = Unwrap(failure);
        var row = Array.Find(Rows, row => row.Exception.IsInstanceOfType(exception));
        error.WriteLine(row is null
            ? $"error: {exception.GetType().Name}: {exception.Message}"
            : $"{(row.ExitCode == ExitCode.Cancelled ? "" : "error: ")}{row.Describe(exception)}");

        if (verbosity >= Verbosity.Debug)
        {
            error.WriteLine(failure);
        }
        else if (row is null)
        {
            error.WriteLine("This is a fault in kerneldiff. Run the command again with -vv for the stack trace.");
        }

        return row?.ExitCode ?? ExitCode.Failed;
    }

    /// <summary>The cause behind wrappers that say nothing themselves.</summary>
    private static Exception Unwrap(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions.Count: 1 } aggregate => Unwrap(aggregate.InnerExceptions[0]),
        TypeInitializationException { InnerException: { } inner } => Unwrap(inner),
        System.Reflection.TargetInvocationException { InnerException: { } inner } => Unwrap(inner),
        _ => exception,
    };

    private sealed record Row(Type Exception, int ExitCode, Func<Exception, string> Describe)
    {
        public static Row For<T>(int exitCode, Func<T, string>? describe = null)
            where T : Exception => new(typeof(T), exitCode, e => describe?.Invoke((T)e) ?? e.Message);
    }
}
