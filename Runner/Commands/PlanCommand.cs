using System.CommandLine;
using KernelDiff.Engine.Plans;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff plan</c>: what a plan chooses.</summary>
internal sealed class PlanCommand : RunnerCommand
{
    private static readonly Argument<string?> Source = new("FILE")
    {
        Description = $"A plan, or {PlanSearch.Shipped} [default: {PlanSearch.EnvironmentVariable}, else {PlanSearch.Shipped}]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public PlanCommand(RunnerConsole console)
        : base(console, "plan", "Show the choices of a plan and its hash.")
    {
        Arguments.Add(Source);
        Options.Add(GlobalOptions.Json);
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
        [("kerneldiff plan", "the plan that commands use if none is named"), ("kerneldiff plan plan.json", "a plan of `kerneldiff tune`")];

    public override IReadOnlyList<string> Notes =>
        ["What a plan does not name is chosen by the rules: `kerneldiff kernels OPERATION` lists the variants.", PlanTable.Meaning];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var plan = PlanSearch.Find(context.Get(Source))
            ?? throw new UsageException($"{PlanSearch.EnvironmentVariable} says '{PlanSearch.None}': there is no plan to show. Name one.");
        if (context.Json)
        {
            JsonReport.Write(context, PlanReport.Of(plan));
        }
        else
        {
            PlanTable.Write(context.Console, plan);
        }

        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary>What <c>kerneldiff plan --json</c> prints.</summary>
/// <param name="Source">The file as it was named, or a word for it.</param>
/// <param name="Hash">Over all choices.</param>
/// <param name="Devices">A part for each kind of device.</param>
internal sealed record PlanReport(string Source, string Hash, IReadOnlyList<DevicePlanReport> Devices)
{
    public static PlanReport Of(PlanFile plan) => new(
        plan.Source,
        plan.Hash,
        [
            .. plan.Document.Devices.Select(device => new DevicePlanReport(
                device.Device,
                device.Hardware,
                device.Threads,
                device.Version,
                device.Batch,
                [.. device.Choices.Select(choice => new PlanChoiceReport(
                    choice.Operation, choice.Shape, choice.Variant, choice.Seconds, choice.Rule, choice.RuleSeconds))])),
        ]);
}

/// <summary>The part of a plan for one kind of device.</summary>
/// <param name="Device">The kind.</param>
/// <param name="Hardware">Measured on; this and all but the choices may be null.</param>
/// <param name="Threads">Measured with.</param>
/// <param name="Version">Measured by.</param>
/// <param name="Batch">Images in each call.</param>
/// <param name="Choices">What runs otherwise than by the rules.</param>
internal sealed record DevicePlanReport(
    string Device, string? Hardware, int? Threads, string? Version, int? Batch, IReadOnlyList<PlanChoiceReport> Choices);

/// <summary>A choice.</summary>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Shape">Of one image.</param>
/// <param name="Variant">What runs.</param>
/// <param name="Seconds">Median time when it was measured, or null.</param>
/// <param name="Rule">What the rules chose then, or null.</param>
/// <param name="RuleSeconds">Median time of that, or null.</param>
internal sealed record PlanChoiceReport(string Operation, string Shape, string Variant, double? Seconds, string? Rule, double? RuleSeconds);
