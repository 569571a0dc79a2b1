using System.Globalization;

namespace KernelDiff.Kernels.Cpu;

/// <summary>How many threads the SIMD twins use.</summary>
public static class ProcessorCount
{
    /// <summary>The environment variable that sets the number of threads.</summary>
    public const string EnvironmentVariable = "KERNELDIFF_THREADS";

    /// <summary>The most threads that may be asked for.</summary>
    public const int Maximum = 1024;

    /// <summary>
    /// The physical cores that this process may use. The second hardware thread of a core shares its multipliers, so a kernel that
    /// keeps them busy gains nothing from it. Affinity is looked up, a container's quota comes from the runtime.
    /// </summary>
    public static int Physical { get; } = Math.Clamp(
        CountCores("/sys/devices/system/cpu", ReadAllowed("/proc/self/status")) ?? int.MaxValue,
        1,
        Environment.ProcessorCount);

    /// <summary>The number that <see cref="EnvironmentVariable"/> asks for, or <see cref="Physical"/> where it is not set.</summary>
    /// <exception cref="DeviceException">The variable is not a number from 1 to <see cref="Maximum"/>.</exception>
    public static int FromEnvironment()
    {
        try
        {
            return Parse(Environment.GetEnvironmentVariable(EnvironmentVariable));
        }
        catch (ArgumentException exception)
        {
            throw new DeviceException(exception.Message, exception);
        }
    }

    /// <summary>Reads a number of threads as the user writes it; null and blanks mean <see cref="Physical"/>.</summary>
    /// <exception cref="ArgumentException">The text is not a number from 1 to <see cref="Maximum"/>.</exception>
    public static int Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Physical;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int threads) || threads is < 1 or > Maximum)
        {
            throw new ArgumentException(
                $"{EnvironmentVariable}={text} is not a number of threads; set it to a whole number from 1 to {Maximum}, or leave it unset.");
        }

        return threads;
    }

    /// <summary>
    /// Counts the distinct cores under a directory laid out as Linux's /sys/devices/system/cpu, of the processors in
    /// <paramref name="allowed"/> (null: of all); null where the directory tells nothing.
    /// </summary>
    internal static int? CountCores(string directory, IReadOnlySet<int>? allowed)
    {
        try
        {
            var cores = new HashSet<string>();
            foreach (string processor in Directory.EnumerateDirectories(directory, "cpu*"))
            {
                string number = Path.GetFileName(processor)["cpu".Length..];
                if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                    continue;

                // A processor that is offline has no topology.
                string siblings = Path.Combine(processor, "topology", "thread_siblings_list");
                if ((allowed is null || allowed.Contains(index)) && File.Exists(siblings))
                    cores.Add(File.ReadAllText(siblings).Trim());
            }

            return cores.Count > 0 ? cores.Count : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The processors that a status file laid out as Linux's /proc/self/status allows; null where it does not say.</summary>
    internal static IReadOnlySet<int>? ReadAllowed(string statusFile)
    {
        const string Key = "Cpus_allowed_list:";
        try
        {
            string? line = File.ReadLines(statusFile).FirstOrDefault(text => text.StartsWith(Key, StringComparison.Ordinal));
            if (line is null)
                return null;

            var allowed = new HashSet<int>();
            foreach (string range in line[Key.Length..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                string[] ends = range.Split('-');
                int first = int.Parse(ends[0], CultureInfo.InvariantCulture);
                int last = int.Parse(ends[^1], CultureInfo.InvariantCulture);
                allowed.UnionWith(Enumerable.Range(first, last - first + 1));
            }

            return allowed;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }
}
