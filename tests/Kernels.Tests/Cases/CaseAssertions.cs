using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Tests.Cases;

internal static class CaseAssertions
{
    /// <summary>
    /// Compares with the reference, twice, for every variant that runs on the device: the same bits must come again, and what is
    /// written outside a buffer or read before it is written (NaN) shows.
    /// </summary>
    public static void ValuesAgree(Device device, Operation operation, OperationCase operationCase)
    {
        SkipUnlessSupported(device, operation);
        ForEachVariant(device, operation, variant =>
        {
            using var run = new CaseRun(device, operationCase);
            var launched = Launch(device, operation, run);
            var result = run.Compare(variant: launched);
            Assert.That(result.Passed, Is.True, $"{launched} for {variant}: {result.Message}");
            using var again = new CaseRun(device, operationCase, run.Values);
            again.Launch();
            SameBits(operationCase, run, again);
        });
    }

    public static void GradientsAgree(Device device, Operation operation, OperationCase operationCase)
    {
        SkipUnlessSupported(device, operation);
        ForEachVariant(device, operation, variant =>
        {
            using var run = new CaseRun(device, operationCase);
            var launched = Launch(device, operation, run);
            var result = run.CompareGradients(launched);
            Assert.That(result.Passed, Is.True, $"{launched} for {variant}: {result.Message}");
        });
    }

    public static void BatchIndependent(Device device, Operation operation, OperationCase operationCase)
    {
        SkipUnlessSupported(device, operation);
        ForEachVariant(device, operation, variant =>
        {
            var result = BatchIndependence.Check(device, operationCase);
            Assert.That(result.Passed, Is.True, $"{variant}: {result.Message}");
        });
    }

    public static void SameBits(OperationCase operationCase, CaseRun first, CaseRun second)
    {
        foreach (var operand in operationCase.Operands.Where(operand => operand.IsWritten))
        {
            Assert.That(second.Read(operand.Name), Is.EqualTo(first.Read(operand.Name)), operand.Name);
        }
    }

    public static void SkipUnlessSupported(Device device, Operation operation)
    {
        if (!operation.Variants.Any(variant => (variant.RunsOn & device.Class) != 0))
        {
            Assert.Ignore($"'{operation.Name}' has no variant for {device.Class}.");
        }
    }

    /// <summary>Launches a case and tells which variant ran, whose tolerance is the one that counts.</summary>
    public static string Launch(Device device, Operation operation, CaseRun run)
    {
        string? launched = null;
        device.Timeline.Launched += Notice;
        try
        {
            run.Launch();
        }
        finally
        {
            device.Timeline.Launched -= Notice;
        }

        return launched ?? throw new InvalidOperationException($"The case launched no '{operation.Name}'.");

        void Notice(LaunchRecord record) => launched = record.Operation == operation.Name ? record.Variant : launched;
    }

    /// <summary>Forces each variant in turn. One that does not support the case's arguments leaves the choice to the registry.</summary>
    public static void ForEachVariant(Device device, Operation operation, Action<string> action)
    {
        foreach (var variant in operation.Variants.Where(variant => (variant.RunsOn & device.Class) != 0))
        {
            device.ForceVariant(operation.Name, variant.Name);
            try
            {
                action(variant.Name);
            }
            finally
            {
                device.ForceVariant(operation.Name, null);
            }
        }
    }
}
