using System.Security.Cryptography;
using System.Text;

namespace KernelDiff.Kernels.Plans;

/// <summary>
/// What a tuner chose: which variant of an operation runs on which devices for which shape of an image. What a plan says nothing about is
/// chosen by the rules of the registry.
/// </summary>
public sealed class LaunchPlan
{
    /// <param name="entries">In any order.</param>
    /// <exception cref="ArgumentException">
    /// A choice names a class of devices, an operation, a shape or a variant that does not exist, a variant that does not support the shape
    /// or does not run there, or a shape has two choices.
    /// </exception>
    public LaunchPlan(IEnumerable<PlanEntry> entries)
    {
        Entries =
        [
            .. entries
                .OrderBy(entry => entry.Target, StringComparer.Ordinal)
                .ThenBy(entry => entry.Operation, StringComparer.Ordinal)
                .ThenBy(entry => entry.Shape, StringComparer.Ordinal),
        ];
        for (var i = 0; i < Entries.Count; i++)
        {
            Require(Entries[i]);
            if (i > 0 && Entries[i - 1] == Entries[i] with { Variant = Entries[i - 1].Variant })
            {
                throw new ArgumentException($"there are two choices for {Entries[i].Operation} {Entries[i].Shape} on '{Entries[i].Target}'");
            }
        }

        Hash = HashOf(Entries);
    }

    /// <summary>By device, operation and shape.</summary>
    public IReadOnlyList<PlanEntry> Entries { get; }

    /// <summary>SHA-256 of all choices, in hexadecimal: plans with the same hash compute the same bits.</summary>
    public string Hash { get; }

    /// <summary>Whether it chooses anything on a device.</summary>
    public bool AppliesTo(Device device)
    {
        var target = PlanTarget.Of(device);
        return Entries.Any(entry => entry.Target == target);
    }

    /// <summary>The choices for a device; null where there are none.</summary>
    internal Dictionary<Operation, PlannedChoices>? Bind(Device device)
    {
        var target = PlanTarget.Of(device);
        var choices = Entries
            .Where(entry => entry.Target == target)
            .GroupBy(entry => entry.Operation)
            .Select(group => (Operation: Find(group.Key)!, Entries: group))
            .ToDictionary(pair => pair.Operation, pair => pair.Operation.PlannedShapes!.Bind(pair.Operation, pair.Entries));
        return choices.Count == 0 ? null : choices;
    }

    private static void Require(PlanEntry entry)
    {
        var deviceClass = PlanTarget.ClassOf(entry.Target);
        if (deviceClass == DeviceClass.None)
        {
            throw new ArgumentException($"'{entry.Target}' names no devices: the first word is cpu, gpu, opencl-cpu or sim");
        }

        var operation = Find(entry.Operation) ?? throw new ArgumentException($"there is no operation '{entry.Operation}'");
        var shapes = operation.PlannedShapes ?? throw new ArgumentException($"the operation '{entry.Operation}' cannot be planned");
        if (shapes.FaultOf(operation, entry.Shape, entry.Variant) is { } fault)
        {
            throw new ArgumentException(fault);
        }

        if ((operation.Variants.First(variant => variant.Name == entry.Variant).RunsOn & deviceClass) == 0)
        {
            throw new ArgumentException($"the variant '{entry.Variant}' of '{entry.Operation}' does not run on '{entry.Target}'");
        }
    }

    private static Operation? Find(string name) => OperationRegistry.All.FirstOrDefault(operation => operation.Name == name);

    private static string HashOf(IReadOnlyList<PlanEntry> entries)
    {
        var content = new StringBuilder("kerneldiff plan 1\n");
        foreach (var (target, operation, shape, variant) in entries)
        {
            content.Append(target).Append('\t').Append(operation).Append('\t').Append(shape).Append('\t').Append(variant).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content.ToString())));
    }
}
