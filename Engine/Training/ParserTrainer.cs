using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Recognition;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Training;

/// <summary>
/// Trains a face parser: cross-entropy of the class of every pixel, weighted by one over the square root of the class's share of all
/// pixels. Without weights eyes and brows, a few pixels each, are learnt long after everything else.
/// </summary>
public sealed class ParserTrainer : RecognitionTrainer
{
    private const int Columns = 8;
    private const int CountedImages = 512;

    /// <summary>Rarer classes weigh no more than this share does.</summary>
    private const float SmallestShare = 1e-3f;

    /// <param name="session">Where the network lives.</param>
    /// <param name="imageSize">Edge of the pictures.</param>
    /// <param name="configuration">Settings.</param>
    /// <param name="data">The training set, of this size, with masks.</param>
    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    /// <exception cref="Kernels.DeviceMemoryException">The device has too little memory.</exception>
    public ParserTrainer(Session session, int imageSize, RecognitionTrainingConfiguration configuration, IFaceSource data)
        : base(session, RecognitionNetworks.Parser(imageSize, configuration.Width, configuration.Levels), configuration, data)
    {
        ClassWeights = WeightsOf(data, imageSize);
    }

    /// <inheritdoc/>
    public override string Kind => "parser";

    /// <summary>What a pixel of each class counts.</summary>
    internal float[] ClassWeights { get; }

    /// <summary>Pictures above the given masks and those that the network sees.</summary>
    public override RgbImage DrawSamples()
    {
        using var scope = Session.BeginWithoutGradient();
        var draws = FirstImages(Columns);
        var pixels = Pixels(draws.Length);
        var found = Reductions.ArgMax(Run(draws, pixels, isTraining: false), 3).Int32.ToArray();
        return TrainingSamples.Grid(
            Network.Layers.InputSize, draws.Length, pixels, Colors(Labels(draws)), Colors(Array.ConvertAll(found, label => (byte)label)));
    }

    private protected override Tensor Loss(Tensor output, TrainingDraw[] draws)
    {
        var labels = Array.ConvertAll(Labels(draws), label => (int)label);
        var shape = new TensorShape(output.Shape[0], output.Shape[1], output.Shape[2]);
        return LossFunctions.CrossEntropy(
            output,
            Session.FromValues<int>(labels, shape),
            classWeights: Session.FromValues<float>(ClassWeights, new TensorShape(FaceClasses.Count))).Mean;
    }

    private static float[] WeightsOf(IFaceSource data, int size)
    {
        var pixels = new long[FaceClasses.Count];
        var labels = new byte[size * size];
        var images = Math.Min(CountedImages, data.Count);
        for (var i = 0; i < images; i++)
        {
            data.ReadLabels([new TrainingDraw((int)((long)i * data.Count / images), false)], size, labels);
            foreach (var label in labels)
            {
                pixels[label]++;
            }
        }

        return Array.ConvertAll(pixels, count => 1 / MathF.Sqrt(Math.Max(SmallestShare, count / ((float)images * size * size))));
    }

    private byte[] Labels(TrainingDraw[] draws)
    {
        var size = Network.Layers.InputSize;
        var labels = new byte[draws.Length * size * size];
        Data.ReadLabels(draws, size, labels);
        return labels;
    }

    private static byte[] Colors(byte[] labels) => MaskColors.Paint(new LabelMask(labels.Length, 1, labels)).Pixels;
}
