using ILGPU;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Normalization;

namespace KernelDiff.Kernels.Tests.Devices;

/// <summary>CUDA grants 65535 groups along y and z, which no device of a build server does.</summary>
[TestFixture]
public sealed class GridLimitTests
{
    private static readonly Index3D Cuda = new(int.MaxValue, 65535, 65535);

    [TestCase(int.MaxValue, 65535, 65535)]
    [TestCase(1, 1, 1)]
    public void A_grid_that_the_device_grants_is_launched(int x, int y, int z) =>
        Assert.That(() => GpuDevice.RequireGrid("cuda:0", "Kernel", new Index3D(x, y, z), Cuda), Throws.Nothing);

    [TestCase(1, 65536, 1)]
    [TestCase(1, 1, 65536)]
    public void A_larger_grid_is_refused_by_the_name_of_the_kernel(int x, int y, int z) => Assert.That(
        () => GpuDevice.RequireGrid("cuda:0", "Kernel", new Index3D(x, y, z), Cuda),
        Throws.TypeOf<DeviceException>().With.Message.Contains("'cuda:0' cannot run Kernel").And.Message.Contains($"{x} x {y} x {z}"));

    [TestCase(1, 1)]
    [TestCase(65535 * 128, 65535)]
    [TestCase((65535 * 128) + 1, 65027)]
    [TestCase(int.MaxValue, 65535)]
    public void Parts_of_an_image_of_any_size_fit_a_grid(int rows, int parts)
    {
        var split = ChannelSplit.ForGpu(rows, 1);
        Assert.That(split.Count, Is.EqualTo(parts));
        Assert.That((long)split.RowsPerPart * (split.Count - 1), Is.LessThan(rows));
        Assert.That((long)split.RowsPerPart * split.Count, Is.GreaterThanOrEqualTo(rows));
    }
}
