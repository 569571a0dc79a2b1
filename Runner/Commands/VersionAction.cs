using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace KernelDiff.Runner.Commands;

/// <summary>Prints the version of this assembly, with the commit it was built from where the build knew it.</summary>
internal sealed class VersionAction(RunnerConsole console) : SynchronousCommandLineAction
{
    public static string Version { get; } =
        typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        console.Out.WriteLine(Version);
        return ExitCode.Done;
    }
}
