using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>Files that other programs wrote: the recorded fixtures and two files from candle's examples.</summary>
[TestFixture]
internal sealed class RecordedSafeTensorsTests
{
    [Test]
    public void Every_recorded_safetensors_file_opens_and_every_tensor_can_be_read()
    {
        string[] paths = Directory.GetFiles(SharedData.Require(), "*.safetensors", SearchOption.AllDirectories);
        Assume.That(paths, Is.Not.Empty);
        foreach (string path in paths)
        {
            using var file = WeightFile.Open(path);
            using var reader = new BinaryReader(File.OpenRead(path));
            Assert.That(file.Tensors.Sum(tensor => tensor.ByteSize), Is.EqualTo(file.Length - 8 - reader.ReadInt64()), path);
            foreach (WeightTensor tensor in file.Tensors)
                Assert.That(file.ReadSingle(tensor), Has.Length.EqualTo(tensor.ElementCount));
        }
    }

    [Test]
    public void The_recorded_noise_schedule_holds_the_products_of_one_minus_its_betas()
    {
        using var file = WeightFile.Open(SharedData.Require("fixtures", "schedules.safetensors"));
        float[] betas = file.ReadSingle(file.Find("outputs/linear/betas"));
        float[] products = file.ReadSingle(file.Find("outputs/linear/alphas_cumprod"));
        double product = 1;

        Assert.That(file.Metadata["kind"], Is.EqualTo("schedules"));
        for (int step = 0; step < betas.Length; step++)
        {
            product *= 1 - (double)betas[step];
            Assert.That(products[step], Is.EqualTo(product).Within(1e-5 * product));
        }
    }
}
