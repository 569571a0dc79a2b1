using System.Globalization;
using System.Text.RegularExpressions;

namespace KernelDiff.Kernels.Gpu;

/// <summary>What the PTX of a kernel says about how it will run.</summary>
/// <param name="Target">The architecture it is written for, as <c>sm_80</c>.</param>
/// <param name="Instructions">How many there are, each counted once wherever it stands.</param>
/// <param name="SharedBytes">Shared memory of a group, allocated statically.</param>
/// <param name="Mix">Instructions by what they do: operation, and for memory the space; the most frequent first.</param>
/// <param name="Warnings">What makes a GPU slow or its results wrong, each as a sentence; empty for every kernel of this project.</param>
public sealed partial record PtxFacts(
    string Target, int Instructions, int SharedBytes, IReadOnlyList<InstructionCount> Mix, IReadOnlyList<string> Warnings)
{
    /// <summary>Shared memory that every GPU grants to a group.</summary>
    public const int GrantedSharedBytes = 48 * 1024;

    private static readonly string[] Spaces = ["global", "shared", "local", "param", "const"];

    /// <summary>Reads the assembly of one kernel.</summary>
    public static PtxFacts Of(string ptx)
    {
        ArgumentNullException.ThrowIfNull(ptx);
        var mix = Instruction().Matches(ptx)
            .Select(match => NameOf(match.Groups[1].Value))
            .GroupBy(name => name)
            .Select(group => new InstructionCount(group.Key, group.Count()))
            .OrderByDescending(count => count.Count)
            .ThenBy(count => count.Name, StringComparer.Ordinal)
            .ToArray();
        var shared = SharedAllocation().Matches(ptx).Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        return new PtxFacts(TargetName().Match(ptx).Groups[1].Value, mix.Sum(count => count.Count), shared, mix, [.. FindWarnings(ptx, shared)]);
    }

    private static IEnumerable<string> FindWarnings(string ptx, int sharedBytes)
    {
        if (ptx.Contains(".local", StringComparison.Ordinal))
        {
            yield return "local memory (.local): an array or a struct does not fit into registers.";
        }

        if (ptx.Contains(".f64", StringComparison.Ordinal))
        {
            yield return "double arithmetic (.f64): a constant or a function without the suffix f.";
        }

        if (AdjacentBarriers().IsMatch(ptx))
        {
            yield return "two barriers without work between: loads of shared memory were moved past one.";
        }

        if (sharedBytes > GrantedSharedBytes)
        {
            yield return $"{sharedBytes} bytes of shared memory: every GPU grants {GrantedSharedBytes}.";
        }
    }

    /// <summary>The operation without types and modifiers; of loads and stores also the space.</summary>
    private static string NameOf(string opcode)
    {
        var parts = opcode.Split('.');
        var space = parts.FirstOrDefault(part => Spaces.Contains(part));
        return parts[0] is "ld" or "st" && space is not null ? $"{parts[0]}.{space}" : parts[0];
    }

    /// <summary>A line with an instruction, perhaps under a predicate; directives begin with a dot, labels end with a colon.</summary>
    [GeneratedRegex(@"^[ \t]*(?:@!?%\w+[ \t]+)?([a-z][a-z0-9]*(?:\.[\w:]+)*)(?:[ \t][^;\n]*)?;", RegexOptions.Multiline)]
    private static partial Regex Instruction();

    [GeneratedRegex(@"\.target\s+(\w+)")]
    private static partial Regex TargetName();

    [GeneratedRegex(@"bar\.sync[^;]*;\s*bar\.sync")]
    private static partial Regex AdjacentBarriers();

    [GeneratedRegex(@"\.shared\s+\.align\s+\d+\s+\.b8\s+\w+\[(\d+)\]")]
    private static partial Regex SharedAllocation();
}

/// <summary>How often an instruction stands in a kernel.</summary>
/// <param name="Name">Operation, and for memory the space: <c>fma</c>, <c>ld.shared</c>.</param>
/// <param name="Count">How often.</param>
public sealed record InstructionCount(string Name, int Count);
