using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Winograd;

/// <summary>Tests of the CPU's Winograd algorithms at one vector width, on a device of two threads.</summary>
public abstract class WinogradWidthTests(SimdWidth width)
{
    protected CpuDevice Device { get; private set; } = null!;

    [OneTimeSetUp]
    public void OpenDevice()
    {
        if (!SimdSupport.IsSupported(width))
        {
            Assert.Ignore($"This processor has no {width}.");
        }

        Device = new CpuDevice(new DeviceOptions { SimdWidth = width, Threads = 2 });
    }

    [OneTimeTearDown]
    public void CloseDevice() => Device?.Dispose();
}
