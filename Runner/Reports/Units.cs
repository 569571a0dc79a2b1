using System.Globalization;

namespace KernelDiff.Runner;

/// <summary>Quantities as people read them: three significant digits or so, with a unit.</summary>
internal static class Units
{
    /// <summary>Bytes in binary units; a dash for 0, which stands for unknown.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        0 => "-",
        < 1L << 10 => Format($"{bytes} B"),
        < 1L << 20 => Format($"{bytes / (double)(1L << 10):0.#} KiB"),
        < 1L << 30 => Format($"{bytes / (double)(1L << 20):0.#} MiB"),
        _ => Format($"{bytes / (double)(1L << 30):0.#} GiB"),
    };

    /// <summary>A count; a dash for 0, which stands for unknown.</summary>
    public static string Count(int count) => count == 0 ? "-" : Format($"{count}");

    public static string Seconds(double seconds) => seconds switch
    {
        < 1e-3 => Format($"{seconds * 1e6:0.0} us"),
        < 1 => Format($"{seconds * 1e3:0.00} ms"),
        _ => Format($"{seconds:0.00} s"),
    };

    /// <summary>A rate in units of 10^9 per second.</summary>
    public static string Giga(double perSecond)
    {
        var giga = perSecond / 1e9;
        return giga < 10 ? Format($"{giga:0.00}") : giga < 100 ? Format($"{giga:0.0}") : Format($"{giga:0}");
    }

    public static string Percent(double ratio) => Format($"{ratio * 100:0} %");

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
