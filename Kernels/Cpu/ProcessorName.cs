using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>The processor's marketing name where the system tells it, else its architecture.</summary>
internal static class ProcessorName
{
    public static string Value { get; } = Read();

    private static string Read()
    {
        const string CpuInfo = "/proc/cpuinfo";
        if (File.Exists(CpuInfo))
        {
            foreach (var line in File.ReadLines(CpuInfo))
            {
                if (line.StartsWith("model name", StringComparison.Ordinal))
                {
                    return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
                }
            }
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
