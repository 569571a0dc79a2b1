using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Normalization;

namespace KernelDiff.Kernels.Tests.Normalization;

/// <summary>Images so large that the CPU normalises a batch of them in several rounds.</summary>
[TestFixture]
public sealed class GroupNormRoundTests
{
    [Test]
    public void Images_of_a_batch_have_the_bits_that_they_have_alone([Values] bool silu)
    {
        const int Batch = 3;
        const int Pixels = 4096;
        const int Channels = 160;
        using var device = new CpuDevice(new DeviceOptions { Threads = 2 });
        var random = new Random(5);
        var input = Upload(Batch * Pixels * Channels);
        var (weight, bias) = (Upload(Channels), Upload(Channels));
        var together = Normalize(input, Batch);
        for (var image = 0; image < Batch; image++)
        {
            const int Length = Pixels * Channels;
            Assert.That(
                together.AsSpan(image * Length, Length).SequenceEqual(Normalize(input.Slice(image * Length, Length), 1)), Is.True, $"image {image}");
        }

        DeviceSpan<float> Upload(int length) =>
            device.Upload<float>([.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)]);

        float[] Normalize(DeviceSpan<float> images, int batch)
        {
            var output = device.Upload<float>([.. Enumerable.Repeat(float.NaN, images.Length)]);
            NormalizationOperations.GroupNorm.Launch(device, new GroupNormArguments
            {
                Input = images,
                Output = output,
                Weight = weight,
                Bias = bias,
                Batch = batch,
                Pixels = Pixels,
                Channels = Channels,
                Groups = 32,
                Epsilon = 1e-5f,
                Silu = silu,
            });
            return output.ToArray();
        }
    }
}
