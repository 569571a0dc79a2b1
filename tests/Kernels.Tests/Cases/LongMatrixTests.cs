using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>
/// Only where KERNELDIFF_TESTS is <c>full</c>: every case on further random values, for every vector width and every variant of the kernels.
/// A tolerance that one draw of values happens to meet shows here, and so does a tie or a kink that the first draw happened to miss.
/// </summary>
[TestFixture]
public sealed class LongMatrixTests
{
    private const int Seeds = 2;

    private readonly Dictionary<string, Device> devices = [];

    [OneTimeTearDown]
    public void CloseDevices()
    {
        foreach (var device in devices.Values)
        {
            device.Dispose();
        }
    }

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.AllOfLongMatrix))]
    public void Further_values_agree_with_the_reference_on_the_cpu(Operation operation, OperationCase operationCase)
    {
        CaseAssertions.SkipUnlessSupported(Cpu(SimdSupport.Preferred), operation);
        foreach (var width in Enum.GetValues<SimdWidth>().Where(SimdSupport.IsSupported))
        {
            FurtherValuesAgree(Cpu(width), operation, operationCase, $"{width}, ");
        }
    }

    [TestCaseSource(typeof(CaseSource), nameof(CaseSource.AllOfLongMatrix))]
    public void Further_values_agree_with_the_reference_on_OpenCL(Operation operation, OperationCase operationCase)
    {
        var name = TestEnvironment.RequirePocl();
        var device = Open(name, () => DeviceCatalog.Open(name, new DeviceOptions { Memory = MemoryMode.Guarded }));
        FurtherValuesAgree(device, operation, operationCase, "");
    }

    private static void FurtherValuesAgree(Device device, Operation operation, OperationCase operationCase, string where) =>
        CaseAssertions.ForEachVariant(device, operation, variant =>
        {
            for (var seed = 1; seed <= Seeds; seed++)
            {
                using var run = new CaseRun(device, operationCase, CaseValues.Create(operationCase, seed));
                run.Launch();
                var result = run.Compare();
                Assert.That(result.Passed, Is.True, $"{where}{variant}, seed {seed}: {result.Message}");
            }
        });

    private Device Cpu(SimdWidth width) => Open(
        $"{width}", () => new CpuDevice(new DeviceOptions { SimdWidth = width, Memory = MemoryMode.Guarded, Threads = 2 }));

    private Device Open(string name, Func<Device> open)
    {
        if (!devices.TryGetValue(name, out var device))
        {
            devices[name] = device = open();
        }

        return device;
    }
}
