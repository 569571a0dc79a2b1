using System.Globalization;
using KernelDiff.Engine.Plans;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Runner.Commands;

/// <summary>Prints plans, and what a tuner measured, for people.</summary>
internal static class PlanTable
{
    /// <summary>What the columns mean.</summary>
    public const string Meaning = "Ratio: time of the chosen variant as a part of that of the rule's.";

    /// <summary>The choices of a plan.</summary>
    public static void Write(RunnerConsole console, PlanFile plan)
    {
        console.Out.WriteLine($"{plan.Source}: {plan.Hash}");
        foreach (var device in plan.Document.Devices)
        {
            var measured = device.Hardware is null ? "" : $"; measured on {device.Hardware}";
            measured += device.Threads is { } threads ? FormattableString.Invariant($", {threads} threads") : "";
            measured += device.Batch is { } batch ? FormattableString.Invariant($", batch {batch}") : "";
            measured += device.Version is null ? "" : $", by version {device.Version}";
            console.Out.WriteLine(FormattableString.Invariant($"{device.Device}: {device.Choices.Count} choices{measured}"));
            var table = Create();
            foreach (var choice in device.Choices)
            {
                Add(table, choice.Operation, choice.Shape, choice.Rule, choice.RuleSeconds, choice.Variant, choice.Seconds, choice.Seconds / choice.RuleSeconds);
            }

            if (device.Choices.Count > 0)
            {
                table.Write(console);
            }
        }
    }

    /// <summary>What was measured, with the shapes that are left to the rules.</summary>
    public static void Write(RunnerConsole console, IReadOnlyList<TunedShape> shapes)
    {
        if (shapes.Count == 0)
        {
            return;
        }

        var table = Create();
        foreach (var shape in shapes)
        {
            double? Seconds(string variant) => shape.Timed.FirstOrDefault(timed => timed.Variant == variant)?.Seconds;
            Add(table, shape.Operation, shape.Shape, shape.Rule, Seconds(shape.Rule), shape.Chosen, Seconds(shape.Chosen), shape.Ratio);
        }

        table.Write(console);
    }

    private static ResultTable Create() => new(
        ("Operation", ColumnKind.Name),
        ("Shape", ColumnKind.Name),
        ("Rule", ColumnKind.Name),
        ("Time", ColumnKind.Number),
        ("Chosen", ColumnKind.Name),
        ("Time", ColumnKind.Number),
        ("Ratio", ColumnKind.Number));

    private static void Add(
        ResultTable table, string operation, string shape, string? rule, double? ruleSeconds, string chosen, double? seconds, double? ratio) => table.Add(
            operation,
            shape,
            rule ?? "-",
            ruleSeconds is { } before ? Units.Seconds(before) : "-",
            chosen == rule ? "" : chosen,
            chosen == rule ? "" : seconds is { } now ? Units.Seconds(now) : "-",
            chosen == rule ? "" : ratio?.ToString("0.000", CultureInfo.InvariantCulture) ?? "-");
}
