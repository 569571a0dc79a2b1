using System.CommandLine;

namespace KernelDiff.Runner;

/// <summary>How much a command tells on stderr. Each level includes the one before; the README documents the same ladder.</summary>
internal enum Verbosity
{
    /// <summary>Progress, warnings and errors.</summary>
    Normal,

    /// <summary><c>-v</c>: also what was chosen and why.</summary>
    Verbose,

    /// <summary><c>-vv</c>: also every launch, and the stack trace of a failure.</summary>
    Debug,
}

/// <summary>Options that mean the same wherever they appear.</summary>
internal static class GlobalOptions
{
    /// <summary><c>-v</c> and <c>-vv</c>, for every command.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose", "-v")
    {
        Description = "Tell more on stderr; -vv also tells every launch and adds stack traces to errors.",
        Arity = ArgumentArity.Zero,
        Recursive = true,
    };

    /// <summary><c>--profile</c>, for every command: what <c>kerneldiff profile</c> tells, beside the command's own result.</summary>
    public static Option<bool> Profile { get; } = new("--profile")
    {
        Description = "Tell on stderr, after the result, where the time went, kernel by kernel.",
        Arity = ArgumentArity.Zero,
        Recursive = true,
    };

    /// <summary><c>--json</c>, for commands that have a result.</summary>
    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Print the result as one JSON document.",
        Arity = ArgumentArity.Zero,
    };

    public static Verbosity VerbosityOf(ParseResult parse) => parse.GetResult(Verbose)?.IdentifierTokenCount switch
    {
        null or 0 => Verbosity.Normal,
        1 => Verbosity.Verbose,
        _ => Verbosity.Debug,
    };
}
