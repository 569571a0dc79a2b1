using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Recognition;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Training;

/// <summary>Trains a classifier of the 40 attributes: binary cross-entropy of those that are specified.</summary>
public sealed class ClassifierTrainer : RecognitionTrainer
{
    private const int Columns = 8;
    private const int LargestCell = 96;

    /// <param name="session">Where the network lives.</param>
    /// <param name="imageSize">Edge of the pictures.</param>
    /// <param name="configuration">Settings.</param>
    /// <param name="data">The training set, of this size, with attributes.</param>
    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    /// <exception cref="Kernels.DeviceMemoryException">The device has too little memory.</exception>
    public ClassifierTrainer(Session session, int imageSize, RecognitionTrainingConfiguration configuration, IFaceSource data)
        : base(session, RecognitionNetworks.Classifier(imageSize, configuration.Width, configuration.Levels), configuration, data)
    {
        StoredLayers = Network.Layers with { Thresholds = Frequencies(data) };
    }

    /// <inheritdoc/>
    public override string Kind => "classifier";

    /// <summary>
    /// With the frequencies of the attributes as thresholds: where probabilities are right, deciding there gives the best mean of both
    /// error rates, whereas one half would never find a rare attribute.
    /// </summary>
    private protected override LayerList StoredLayers { get; }

    /// <summary>Pictures with the number of attributes that the network tells right.</summary>
    public override RgbImage DrawSamples()
    {
        using var scope = Session.BeginWithoutGradient();
        var draws = FirstImages(Columns);
        var pixels = Pixels(draws.Length);
        var logits = Run(draws, pixels, isTraining: false).ToArray();
        var size = Network.Layers.InputSize;
        var images = ImagePixels.Split(pixels, draws.Length, size);
        var captions = new List<string>();
        for (var i = 0; i < draws.Length; i++)
        {
            captions.Add(Caption(logits.AsSpan(i * FaceAttributes.Count, FaceAttributes.Count), Data.Attributes(draws[i].Image)));
        }

        var grid = new ImageGrid(Math.Max(size, LargestCell));
        grid.AddRow(null, images, captions);
        return grid.Render();
    }

    /// <summary>
    /// The mean over the specified attributes. An unspecified one is given logit 0 and target one half, where the loss is ln 2 and has no
    /// gradient; that share is taken off again.
    /// </summary>
    private protected override Tensor Loss(Tensor output, TrainingDraw[] draws)
    {
        var (targets, known) = (new float[output.Shape.Elements], new float[output.Shape.Elements]);
        for (var i = 0; i < targets.Length; i++)
        {
            var state = Data.Attributes(draws[i / FaceAttributes.Count].Image)[i % FaceAttributes.Count];
            known[i] = state == AttributeState.Unspecified ? 0 : 1;
            targets[i] = state switch { AttributeState.Yes => 1, AttributeState.No => 0, _ => 0.5f };
        }

        var share = known.Average();
        var loss = LossFunctions.BinaryCrossEntropy(
            share == 1 ? output : Arithmetic.Multiply(output, Session.FromValues<float>(known, output.Shape)),
            Session.FromValues<float>(targets, output.Shape)).Mean;
        return share == 1 ? loss
            : share == 0 ? Elementwise.Affine(loss, 0)
            : Elementwise.Affine(loss, 1 / share, -MathF.Log(2) * (1 - share) / share);
    }

    /// <summary>How often each attribute is yes, a little towards one half so that none is 0 or 1.</summary>
    private static float[] Frequencies(IFaceSource data)
    {
        var (yes, all) = (new float[FaceAttributes.Count], new float[FaceAttributes.Count]);
        for (var image = 0; image < data.Count; image++)
        {
            var states = data.Attributes(image);
            for (var i = 0; i < states.Length; i++)
            {
                yes[i] += states[i] == AttributeState.Yes ? 1 : 0;
                all[i] += states[i] == AttributeState.Unspecified ? 0 : 1;
            }
        }

        return [.. yes.Zip(all, (count, of) => (count + 1) / (of + 2))];
    }

    private string Caption(ReadOnlySpan<float> logits, ReadOnlySpan<AttributeState> states)
    {
        var (right, known) = (0, 0);
        for (var i = 0; i < states.Length; i++)
        {
            if (states[i] != AttributeState.Unspecified)
            {
                known++;
                right += (1 / (1 + MathF.Exp(-logits[i])) >= StoredLayers.Thresholds![i]) == (states[i] == AttributeState.Yes) ? 1 : 0;
            }
        }

        return $"{right} of {known} right";
    }
}
