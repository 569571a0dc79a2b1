using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Tests.Files;
using KernelDiff.Engine.Training;

namespace KernelDiff.Engine.Tests.Training;

public class LossPlotTests
{
    [Test]
    public void A_plot_of_a_log_has_labels_and_a_line()
    {
        using var folder = new TemporaryFolder();
        using (var log = new TrainingLog(folder.PathOf("log.jsonl")))
        {
            for (var step = 1; step <= 200; step++)
            {
                log.Write(new TrainingStep(step, 1f / step, 1, false, 8, TimeSpan.FromSeconds(1)), step);
            }
        }

        LossPlot.Draw(folder.PathOf("log.jsonl"), folder.PathOf("loss.png"));
        var image = ImageFile.Read(folder.PathOf("loss.png"));
        Assert.That(DarkPixels(image, 0, 40), Is.GreaterThan(20), "the label of the vertical axis");
        Assert.That(BluePixels(image), Is.GreaterThan(200), "the mean");
    }

    private static int DarkPixels(RgbImage image, int left, int right) => Count(
        image, (x, red, green, blue) => x >= left && x < right && red + green + blue < 200);

    private static int BluePixels(RgbImage image) => Count(image, (_, red, green, blue) => blue > 120 && red < 100 && green < 160);

    private static int Count(RgbImage image, Func<int, int, int, int, bool> condition) =>
        Enumerable.Range(0, image.Width * image.Height).Count(i => condition(
            i % image.Width, image.Pixels[3 * i], image.Pixels[(3 * i) + 1], image.Pixels[(3 * i) + 2]));
}
