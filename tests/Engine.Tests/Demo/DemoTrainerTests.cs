using KernelDiff.Engine.Demo;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Engine.Tests.Demo;

[TestFixture]
public sealed class DemoTrainerTests
{
    private static readonly DemoOptions Small = new() { Batch = 2, WarmUp = 1 };

    [Test]
    public void The_loss_falls()
    {
        using var device = new CpuDevice();
        using var trainer = new DemoTrainer(device, Small with { Batch = 8, WarmUp = 10 });
        var losses = Enumerable.Range(0, 50).Select(_ => trainer.Step().Loss).ToList();

        // Noise levels are drawn anew each step, so single losses jump; means over ten steps do not.
        Assert.That(losses.TakeLast(10).Average(), Is.LessThan(0.8 * losses.Take(10).Average()));
    }

    [Test]
    public void The_same_seed_gives_the_same_losses_with_any_number_of_threads() => Assert.That(Losses("cpu", 3), Is.EqualTo(Losses("cpu", 1)));

    [Test]
    public void OpenCL_kernels_give_the_same_losses_within_rounding()
    {
        var device = DeviceCatalog.List().FirstOrDefault(candidate => candidate.Class == DeviceClass.OpenClCpu);
        if (device is null)
        {
            Assert.Ignore("PoCL is not installed: no OpenCL driver shows a CPU device.");
        }

        // Rounding differs in the last bit of each sum; five steps of training amplify that by little.
        Assert.That(Losses(device!.Name), Is.EqualTo(Losses("cpu")).Within(2e-5));
    }

    [Test]
    public void A_hundred_steps_leave_live_bytes_where_they_were()
    {
        using var device = new CpuDevice();
        using var trainer = new DemoTrainer(device, Small with { Batch = 1 });

        // Kept memory serves smaller requests too: which serves which settles in the first steps.
        for (var i = 0; i < 10; i++)
        {
            _ = trainer.Step();
        }

        var (live, reserved) = (device.Pool.LiveBytes, device.Pool.ReservedBytes);
        for (var i = 0; i < 100; i++)
        {
            _ = trainer.Step();
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(device.Pool.LiveBytes, Is.EqualTo(live));
            Assert.That(device.Pool.ReservedBytes, Is.EqualTo(reserved), "every step is served from what the first ones reserved");
        }
    }

    [Test]
    public void The_picture_shows_three_rows_of_pictures()
    {
        using var device = new CpuDevice();
        using var trainer = new DemoTrainer(device, Small);
        var picture = trainer.Show(columns: 2, scale: 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(picture.Width, Is.EqualTo(2 + (2 * (ShapesData.Size + 2))));
            Assert.That(picture.Height, Is.EqualTo(2 + (3 * (ShapesData.Size + 2))));
            Assert.That(picture.Pixels.Distinct().Count(), Is.GreaterThan(50), "neither blank nor two-coloured");
        }
    }

    [Test]
    public void Everything_is_returned_when_the_trainer_is_disposed()
    {
        using var device = new CpuDevice();
        using (var trainer = new DemoTrainer(device, Small))
        {
            _ = trainer.Step();
        }

        Assert.That(device.Pool.LiveBuffers, Is.Zero);
    }

    private static float[] Losses(string name, int? threads = null)
    {
        using var device = DeviceCatalog.Open(name, new DeviceOptions { Threads = threads });
        using var trainer = new DemoTrainer(device, Small);
        return [.. Enumerable.Range(0, 5).Select(_ => trainer.Step().Loss)];
    }
}
