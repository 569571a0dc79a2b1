using System.Diagnostics;

namespace KernelDiff.Benchmarks;

/// <summary>
/// The program that hosts libtorch. It stands outside the solution, for it is large and does not load on every system, and is built only
/// when a comparison asks for it.
/// </summary>
internal static class LibtorchProgram
{
    private static readonly string Project = Path.Combine("tests", "Benchmarks.Libtorch");

    /// <summary>Builds the program.</summary>
    /// <returns>Its assembly.</returns>
    /// <exception cref="SideException">It cannot be built here.</exception>
    public static string Build()
    {
        var folder = Path.Combine(Repository.Root, Project);
        var start = new ProcessStartInfo("dotnet", ["build", folder, "-c", "Release", "--verbosity", "quiet", "--nologo"])
        {
            RedirectStandardOutput = true,
        };
        using var build = Process.Start(start)!;
        var output = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        return build.ExitCode == 0
            ? Path.Combine(folder, "bin", "Release", "net10.0", "linux-x64", "Benchmarks.Libtorch.dll")
            : throw new SideException(
                $"{Project} cannot be built: "
                + (output.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal))?.Trim() ?? output.Trim()));
    }
}
