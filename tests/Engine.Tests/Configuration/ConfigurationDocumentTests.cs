using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Networks;

namespace KernelDiff.Engine.Tests.Configuration;

public class ConfigurationDocumentTests
{
    private static IReadOnlyList<string> Presets => ConfigurationDocument.Presets;

    [TestCaseSource(nameof(Presets))]
    public void Every_preset_loads_and_survives_writing_and_reading(string preset)
    {
        var written = ConfigurationDocument.Write(ConfigurationDocument.Load(preset));
        var again = ConfigurationDocument.Write(ConfigurationDocument.Parse(written, preset));
        Assert.That(again, Is.EqualTo(written));
    }

    [Test]
    public void The_reference_preset_is_the_network_of_the_reference()
    {
        var model = ConfigurationDocument.Load("celebahq-256").Model;
        Assert.That(new UNet(model.UNet!).ParameterCount, Is.EqualTo(409_093_891));
        Assert.That(new VqAutoencoder(model.FirstStage.Vq!).ParameterCount, Is.EqualTo(55_322_782));
    }

    [Test]
    public void An_override_replaces_one_setting()
    {
        var configuration = ConfigurationDocument.Load("celebahq-256", "diffusion_training.batch=3", "model.name=mine");
        Assert.That(configuration.DiffusionTraining.Batch, Is.EqualTo(3));
        Assert.That(configuration.Model.Name, Is.EqualTo("mine"));
        Assert.That(configuration.DiffusionTraining.Accumulate, Is.EqualTo(6));
    }

    [TestCase("diffusion_training.batches=3", "batches")]
    [TestCase("diffusion_training.batch=0", "batch must be positive")]
    [TestCase("diffusion_training.batch=many", "diffusion_training.batch")]
    [TestCase("model.image_size=250", "image_size 250")]
    [TestCase("model.unet.context_dim=null", "context_dim")]
    [TestCase("model.unet.in_channels=6", "in_channels is 6")]
    [TestCase("model.conditioning.mask=layout", "conditioning.mask")]
    [TestCase("model.diffusion.beta_schedule=straight", "beta_schedule is 'straight'")]
    [TestCase("diffusion_training.batch.size=3", "goes through 'batch'")]
    [TestCase("nonsense", "has no value")]
    public void A_setting_that_cannot_be_is_refused_by_name(string setting, string named)
    {
        Assert.That(
            () => ConfigurationDocument.Load("celebahq-256", setting),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains(named).And.Message.StartsWith("celebahq-256: "));
    }

    [TestCase("")]
    [TestCase("[1]")]
    [TestCase("{\"model\": ")]
    [TestCase("{\"model\": null}")]
    [TestCase("{\"model\": {\"image_size\": 64}}")]
    public void Text_that_is_no_configuration_is_refused(string text)
    {
        Assert.That(() => ConfigurationDocument.Parse(text, "mine.json"), Throws.TypeOf<ConfigurationException>());
    }

    [Test]
    public void A_name_that_is_neither_preset_nor_file_lists_the_presets()
    {
        Assert.That(
            () => ConfigurationDocument.Load("celebahq"),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains("celebahq-256"));
    }

    [Test]
    public void The_learning_rate_rises_stays_and_falls()
    {
        var training = new DiffusionTrainingConfiguration { Steps = 100, WarmUp = 10, CoolDown = 20 };
        Assert.That(training.LearningRateScale(0), Is.EqualTo(0.1f).Within(1e-6));
        Assert.That(training.LearningRateScale(9), Is.EqualTo(1));
        Assert.That(training.LearningRateScale(79), Is.EqualTo(1));
        Assert.That(training.LearningRateScale(90), Is.InRange(0.4f, 0.6f));
        Assert.That(training.LearningRateScale(99), Is.InRange(0.0001f, 0.02f));
    }
}
