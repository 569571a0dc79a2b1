using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace KernelDiff.Runner;

/// <summary>Where kernels execute: the options of every command that executes any.</summary>
internal static partial class ExecutionOptions
{
    private const int MostThreads = 1024;

    /// <summary><c>--device</c>: the name of a device, or <c>auto</c>.</summary>
    public static Option<string> Device { get; } = CreateDevice();

    /// <summary><c>--threads</c>: threads of the <c>cpu</c> device, the calling one included.</summary>
    public static Option<int?> Threads { get; } = CreateThreads();

    private static Option<string> CreateDevice()
    {
        var option = new Option<string>("--device", "-d")
        {
            Description = "Where kernels execute: auto takes the first of CUDA, an OpenCL GPU, the CPU.",
            HelpName = "auto|cuda:N|opencl:N|cpu|sim",
            DefaultValueFactory = _ => "auto",
        };
        option.Validators.Add(Validate);
        option.CompletionSources.Add("auto", "cuda:0", "opencl:0", "cpu", "sim");
        return option;

        static void Validate(OptionResult result)
        {
            var name = result.GetValueOrDefault<string>();
            if (name is not null && !DeviceName().IsMatch(name))
            {
                var nearest = NearestMatch.Find(name, ["auto", "cuda:0", "opencl:0", "cpu", "sim"]);
                result.AddError(
                    $"'{name}' is not a device. Devices are auto, cuda:N, opencl:N, cpu and sim"
                    + (nearest is null ? "." : $"; did you mean '{nearest}'?"));
            }
        }
    }

    private static Option<int?> CreateThreads() => new("--threads")
    {
        Description = "Threads of the cpu device [default: KERNELDIFF_THREADS, else one per physical core]",
        HelpName = "N",
        CustomParser = ParseThreads,
    };

    private static int? ParseThreads(ArgumentResult result)
    {
        var text = result.Tokens.Single().Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var threads) && threads is >= 1 and <= MostThreads)
        {
            return threads;
        }

        result.AddError($"'{text}' is not a number of threads: --threads takes 1 to {MostThreads}.");
        return null;
    }

    [GeneratedRegex(@"^(auto|cpu|sim|(cuda|opencl)(:\d{1,3})?)$", RegexOptions.CultureInvariant)]
    private static partial Regex DeviceName();
}
