using KernelDiff.Engine.Plans;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Engine.Tests.Plans;

/// <summary>Plans that choose other variants than the rules.</summary>
internal static class UnusualVariants
{
    /// <summary>A plan for everything that work launches and that has more than one variant.</summary>
    public static LaunchPlan Of(Device device, Action work)
    {
        var launches = new HashSet<(string Operation, string Shape, string Variant)>();
        void Record(LaunchRecord launch)
        {
            if (launch.PlannedShape is { } shape)
            {
                launches.Add((launch.Operation, shape, launch.Variant));
            }
        }

        device.Timeline.Launched += Record;
        work();
        device.Timeline.Launched -= Record;
        var tuner = new PlanTuner(device, 1, TimeSpan.Zero, 0);
        return new LaunchPlan(
            from launch in launches
            let operation = OperationRegistry.All.Single(operation => operation.Name == launch.Operation)
            let other = tuner.Candidates(operation, launch.Shape).LastOrDefault(candidate => candidate != launch.Variant)
            where other is not null
            select new PlanEntry(PlanTarget.Of(device), launch.Operation, launch.Shape, other));
    }

    /// <summary>The plan as a file has it.</summary>
    public static PlanFile File(LaunchPlan plan) => PlanFile.Of("unusual.json", new PlanDocument
    {
        Format = PlanDocument.Version,
        Devices =
        [
            .. plan.Entries.GroupBy(entry => entry.Target).Select(group => new DevicePlan
            {
                Device = group.Key,
                Choices = [.. group.Select(entry => new PlanChoice { Operation = entry.Operation, Shape = entry.Shape, Variant = entry.Variant })],
            }),
        ],
    });
}
