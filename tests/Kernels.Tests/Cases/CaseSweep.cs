namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>All cases on one device, as <see cref="OpenClCaseTests"/> checks them one by one, for devices that few machines have.</summary>
internal static class CaseSweep
{
    /// <summary>Runs values, gradients and batch independence of the cases whose number, divided by <paramref name="parts"/>, leaves <paramref name="part"/>.</summary>
    /// <returns>How many checks there were, and what was wrong with those that failed.</returns>
    public static (int Checks, IReadOnlyList<string> Failures) Run(Device device, int part = 0, int parts = 1)
    {
        var checks = 0;
        var failures = new List<string>();
        foreach (var (_, data) in CaseSource.All.Index().Where(entry => entry.Index % parts == part))
        {
            var (operation, operationCase) = ((Operation)data.Arguments[0]!, (Kernels.Cases.OperationCase)data.Arguments[1]!);
            if (!operation.Variants.Any(variant => (variant.RunsOn & device.Class) != 0))
            {
                continue;
            }

            Check("values", CaseAssertions.ValuesAgree);
            if (operationCase.Gradient is not null)
            {
                Check("gradients", CaseAssertions.GradientsAgree);
            }

            if (operationCase.AtBatch is not null)
            {
                Check("batch", CaseAssertions.BatchIndependent);
            }

            void Check(string name, Action<Device, Operation, Kernels.Cases.OperationCase> assertion)
            {
                checks++;
                try
                {
                    assertion(device, operation, operationCase);
                }
                catch (Exception exception)
                {
                    failures.Add($"{CaseSource.Key(operation, operationCase)}, {name}: {exception.Message.Trim()}");
                }
            }
        }

        return (checks, failures);
    }
}
