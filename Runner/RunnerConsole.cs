using KernelDiff.Kernels;
using Spectre.Console;

namespace KernelDiff.Runner;

/// <summary>
/// Where a command writes: results to stdout, everything else to stderr. Tests construct one over their own writers and so run the
/// whole command line in-process.
/// </summary>
internal sealed class RunnerConsole
{
    /// <param name="output">Receives results.</param>
    /// <param name="error">Receives progress, logs and errors.</param>
    /// <param name="isOutputInteractive">Whether a person reads the results on a terminal.</param>
    /// <param name="isErrorInteractive">Whether a person watches the progress on a terminal.</param>
    /// <param name="useColor">Whether escape sequences for colours are wanted on a terminal.</param>
    /// <param name="width">Columns of the terminal, null for unlimited.</param>
    public RunnerConsole(
        TextWriter output,
        TextWriter error,
        bool isOutputInteractive = false,
        bool isErrorInteractive = false,
        bool useColor = false,
        int? width = null)
    {
        Out = output;
        Error = error;
        IsOutputInteractive = isOutputInteractive;
        IsErrorInteractive = isErrorInteractive;
        Width = width;
        RichOut = CreateAnsiConsole(output, isOutputInteractive, useColor, width);
        RichError = CreateAnsiConsole(error, isErrorInteractive, useColor, width);
    }

    /// <summary>Results, as plain text.</summary>
    public TextWriter Out { get; }

    /// <summary>Messages, as plain text.</summary>
    public TextWriter Error { get; }

    /// <summary>Results, as tables, for a person at a terminal.</summary>
    public IAnsiConsole RichOut { get; }

    /// <summary>Progress; falls back to plain lines where stderr is not a terminal.</summary>
    public IAnsiConsole RichError { get; }

    public bool IsOutputInteractive { get; }

    public bool IsErrorInteractive { get; }

    /// <summary>Columns of the terminal, null where lines have no limit.</summary>
    public int? Width { get; }

    /// <summary>Called with every device that a command opens, before it is used: how a profile sees what a command does.</summary>
    public Action<Device>? DeviceOpened { get; set; }

    /// <summary>A console whose results go where this one's messages go.</summary>
    public RunnerConsole WithResultsOnError() => new(Error, Error, IsErrorInteractive, IsErrorInteractive, width: Width);

    /// <summary>The console of this process. A non-empty NO_COLOR (https://no-color.org) turns colours off.</summary>
    public static RunnerConsole ForProcess() => new(
        Console.Out,
        Console.Error,
        isOutputInteractive: !Console.IsOutputRedirected,
        isErrorInteractive: !Console.IsErrorRedirected,
        useColor: string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
        width: Console.IsOutputRedirected || Console.WindowWidth <= 0 ? null : Console.WindowWidth);

    private static IAnsiConsole CreateAnsiConsole(TextWriter writer, bool isInteractive, bool useColor, int? width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = isInteractive ? InteractionSupport.Yes : InteractionSupport.No,
            ColorSystem = isInteractive && useColor ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            // Enrichers would switch escape sequences on for some build servers, whose logs should stay plain.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        if (width is { } columns)
        {
            console.Profile.Width = columns;
        }

        return console;
    }
}
