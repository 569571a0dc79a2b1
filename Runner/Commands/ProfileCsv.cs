using System.Globalization;
using System.Text;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Profiling;

namespace KernelDiff.Runner.Commands;

/// <summary>A profile as comma-separated values: a header, then a row for each kernel and shape.</summary>
internal static class ProfileCsv
{
    private const string Header =
        "device,operation,variant,shape,calls,seconds,share,first_call_seconds,median_seconds,ninetieth_seconds,bytes,"
        + "floating_point_operations,bytes_per_second,floating_point_operations_per_second,share_of_peak,bound";

    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<KernelProfile> kernels)
    {
        var text = new StringBuilder().Append(Header).Append('\n');
        foreach (var kernel in kernels)
        {
            foreach (var (shape, statistics) in kernel.Shapes)
            {
                text.Append(CultureInfo.InvariantCulture, $"{kernel.Device},{kernel.Operation},{kernel.Variant},{Quoted(shape)},");
                text.Append(CultureInfo.InvariantCulture, $"{statistics.Calls},{statistics.Seconds},{statistics.Share},");
                text.Append(CultureInfo.InvariantCulture, $"{statistics.FirstCallSeconds},{statistics.MedianSeconds},{statistics.NinetiethSeconds},");
                text.Append(CultureInfo.InvariantCulture, $"{statistics.Bytes},{statistics.FloatingPointOperations},");
                text.Append(CultureInfo.InvariantCulture, $"{statistics.BytesPerSecond},{statistics.FloatingPointOperationsPerSecond},");
                text.Append(CultureInfo.InvariantCulture, $"{statistics.ShareOfPeak},{ProfileTable.NameOf(statistics.Bound)}\n");
            }
        }

        AtomicFile.WriteAllBytes(path, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>Shapes contain commas.</summary>
    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
