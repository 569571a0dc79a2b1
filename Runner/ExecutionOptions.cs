using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KernelDiff.Engine.Plans;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Plans;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner;

/// <summary>Where kernels execute: the options of every command that executes any.</summary>
internal static class ExecutionOptions
{
    private static readonly string[] Examples = ["auto", "cuda:0", "opencl:0", "cpu", "sim"];

    /// <summary><c>--device</c>: the name of a device, or <c>auto</c>.</summary>
    public static Option<string> Device { get; } = CreateDevice();

    /// <summary><c>--threads</c>: threads of the <c>cpu</c> device, the calling one included.</summary>
    public static Option<int?> Threads { get; } = new("--threads")
    {
        Description = $"Threads of the cpu device [default: {ProcessorCount.EnvironmentVariable}, else one per physical core]",
        HelpName = "N",
        CustomParser = ParseThreads,
    };

    /// <summary><c>--algorithm</c>: how convolutions are computed that can take it.</summary>
    public static Option<ConvolutionAlgorithm> Algorithm { get; } = CreateAlgorithm();

    /// <summary><c>--exact</c>: no algorithm that rounds more than the formula itself.</summary>
    public static Option<bool> Exact { get; } = new("--exact")
    {
        Description = "Compute every convolution by its formula: slower, with a smaller rounding error",
        Arity = ArgumentArity.Zero,
    };

    /// <summary><c>--plan</c>: what chooses variants by the shapes of a network.</summary>
    public static Option<string?> Plan { get; } = new("--plan")
    {
        Description = $"Plan of `kerneldiff tune`, {PlanSearch.Shipped} or {PlanSearch.None} [default: {PlanSearch.EnvironmentVariable}, else {PlanSearch.Shipped}]",
        HelpName = "FILE",
    };

    /// <summary>Opens the device that the command line asks for, with the plan that it asks for.</summary>
    /// <inheritdoc cref="Open(CommandContext, PlanFile?)"/>
    /// <exception cref="Engine.Files.DataFileException">The plan cannot be read or is none.</exception>
    public static Device OpenPlanned(CommandContext context) => Open(context, PlanSearch.Find(context.Get(Plan)));

    /// <summary>Opens the device that the command line asks for. At the highest verbosity every launch on it is logged.</summary>
    /// <param name="context">Of the command.</param>
    /// <param name="plan">Chooses variants; null to leave every choice to the rules.</param>
    /// <exception cref="UsageException">Threads are asked for on a device that has its own.</exception>
    /// <exception cref="DeviceException">The device is not there or cannot be used.</exception>
    public static Device Open(CommandContext context, PlanFile? plan = null)
    {
        var threads = context.Get(Threads);
        var device = DeviceCatalog.Open(context.Get(Device)!, new DeviceOptions { Threads = threads });
        if (threads is not null && device is not CpuDevice)
        {
            var name = device.Name;
            device.Dispose();
            throw new UsageException($"--threads sets the threads of 'cpu'; '{name}' has its own. Leave --threads out or add --device cpu.");
        }

        device.Algorithm = context.Get(Exact) ? ConvolutionAlgorithm.Direct : context.Get(Algorithm);
        device.Plan = plan?.Plan;
        context.Log(Verbosity.Verbose, $"Device {device.Name}: {Describe(device)}");
        context.Log(Verbosity.Verbose, plan is null ? "Plan: none" : Describe(plan, PlanTarget.Of(device)));
        if (context.Verbosity >= Verbosity.Debug)
        {
            device.Timeline.Launched += launch => context.Log(Verbosity.Debug, Describe(launch));
        }

        context.Console.DeviceOpened?.Invoke(device);

        return device;
    }

    /// <summary>The hardware behind a device and how it is driven, in one line.</summary>
    public static string Describe(Device device) => device is CpuDevice cpu
        ? $"{device.Description.Hardware}, {cpu.Workers.Threads} threads, {(int)cpu.Width}-bit vectors, {device.Description.Driver}"
        : $"{device.Description.Hardware}, {device.Description.Driver}, {device.Description.Language}";

    /// <summary>One launch in one line, the same in every command.</summary>
    private static string Describe(LaunchRecord launch) => string.Create(
        CultureInfo.InvariantCulture,
        $"{launch.Start.TotalMilliseconds,10:F2} ms  {launch.Duration.TotalMicroseconds,10:F1} us  {launch.Operation}/{launch.Variant}  {launch.Shape}");

    private static string Describe(PlanFile plan, string target) =>
        $"Plan: {plan.Source}, {plan.Hash[..12]}, {plan.Plan.Entries.Count(entry => entry.Target == target)} choices for '{target}'";

    private static Option<string> CreateDevice()
    {
        var option = new Option<string>("--device", "-d")
        {
            Description = "Where kernels execute: auto takes the first of CUDA, an OpenCL GPU, the CPU.",
            HelpName = DeviceCatalog.Names.Replace(", ", "|", StringComparison.Ordinal),
            DefaultValueFactory = _ => "auto",
        };
        option.Validators.Add(Validate);
        option.CompletionSources.Add(Examples);
        return option;

        static void Validate(OptionResult result)
        {
            var name = result.GetValueOrDefault<string>();
            if (name is not null && !DeviceCatalog.IsName(name))
            {
                var nearest = NearestMatch.Find(name, Examples);
                result.AddError(
                    $"'{name}' is not the name of a device, which may be one of: {DeviceCatalog.Names}."
                    + (nearest is null ? "" : $" Did you mean '{nearest}'?"));
            }
        }
    }

    private static Option<ConvolutionAlgorithm> CreateAlgorithm()
    {
        var names = Enum.GetNames<ConvolutionAlgorithm>().Select(name => name.ToLowerInvariant()).ToArray();
        var option = new Option<ConvolutionAlgorithm>("--algorithm")
        {
            Description = "How to compute every convolution that can take it: auto follows what was measured for its shape.",
            HelpName = string.Join('|', names),
            DefaultValueFactory = _ => ConvolutionAlgorithm.Auto,
            CustomParser = Parse,
        };
        option.CompletionSources.Add(names);
        return option;

        ConvolutionAlgorithm Parse(ArgumentResult result)
        {
            var text = result.Tokens.Single().Value;
            var index = Array.IndexOf(names, text);
            if (index >= 0)
            {
                return Enum.GetValues<ConvolutionAlgorithm>()[index];
            }

            var nearest = NearestMatch.Find(text, names);
            result.AddError(
                $"'{text}' is not an algorithm, which may be one of: {string.Join(", ", names)}."
                + (nearest is null ? "" : $" Did you mean '{nearest}'?"));
            return ConvolutionAlgorithm.Auto;
        }
    }

    private static int? ParseThreads(ArgumentResult result)
    {
        var text = result.Tokens.Single().Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var threads)
            && threads is >= 1 and <= ProcessorCount.Maximum)
        {
            return threads;
        }

        result.AddError($"'{text}' is not a number of threads: --threads takes 1 to {ProcessorCount.Maximum}.");
        return null;
    }
}
