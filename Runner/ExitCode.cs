namespace KernelDiff.Runner;

/// <summary>What the process tells its caller. The README documents the same table.</summary>
internal static class ExitCode
{
    /// <summary>The command did what it was asked to do.</summary>
    public const int Done = 0;

    /// <summary>The command failed, or what it measured lies beyond a threshold.</summary>
    public const int Failed = 1;

    /// <summary>The command line asks for something that does not exist or does not fit together.</summary>
    public const int Usage = 2;

    /// <summary>A device is missing, cannot be used or ran out of memory.</summary>
    public const int Device = 3;

    /// <summary>An input file is missing or malformed.</summary>
    public const int BadInput = 4;

    /// <summary>Stopped by Ctrl+C or SIGTERM: 128 + SIGINT, as shells count.</summary>
    public const int Cancelled = 130;
}
