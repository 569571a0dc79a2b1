namespace KernelDiff.Kernels.Plans;

/// <summary>One choice of a plan.</summary>
/// <param name="Target">The devices that it is for, see <see cref="PlanTarget"/>.</param>
/// <param name="Operation">Name of the operation in the registry.</param>
/// <param name="Shape">The sizes of one image, as <see cref="LaunchRecord.PlannedShape"/> gives them.</param>
/// <param name="Variant">Name of the variant that runs.</param>
public sealed record PlanEntry(string Target, string Operation, string Shape, string Variant);
