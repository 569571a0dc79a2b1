using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Losses;

namespace KernelDiff.Engine.Functional;

/// <summary>
/// Scalar losses: the mean over the elements of each sample, times the sample's weight, then the mean over the batch. Targets and
/// weights have no gradient.
/// </summary>
public static class LossFunctions
{
    /// <summary>(prediction - target)². Saves both.</summary>
    /// <param name="prediction">[batch, ...].</param>
    /// <param name="target">The prediction's shape.</param>
    /// <param name="sampleWeights">[batch], or null for ones.</param>
    public static Loss SquaredError(Tensor prediction, Tensor target, Tensor? sampleWeights = null) =>
        Element(prediction, target, sampleWeights, LossesOperations.SquaredError, LossesOperations.SquaredErrorGradient);

    /// <summary>|prediction - target|. Saves both.</summary>
    /// <param name="prediction">[batch, ...].</param>
    /// <param name="target">The prediction's shape.</param>
    /// <param name="sampleWeights">[batch], or null for ones.</param>
    public static Loss AbsoluteError(Tensor prediction, Tensor target, Tensor? sampleWeights = null) =>
        Element(prediction, target, sampleWeights, LossesOperations.AbsoluteError, LossesOperations.AbsoluteErrorGradient);

    /// <summary>Binary cross-entropy of logits against probabilities. Saves both.</summary>
    /// <param name="logits">[batch, ...].</param>
    /// <param name="target">The logits' shape, each from 0 to 1.</param>
    /// <param name="sampleWeights">[batch], or null for ones.</param>
    public static Loss BinaryCrossEntropy(Tensor logits, Tensor target, Tensor? sampleWeights = null) =>
        Element(logits, target, sampleWeights, LossesOperations.BinaryCrossEntropy, LossesOperations.BinaryCrossEntropyGradient);

    /// <summary>Hinge loss of a discriminator's scores. Saves them.</summary>
    /// <param name="scores">[batch, ...].</param>
    /// <param name="side">What the scores are pushed towards.</param>
    public static Loss Hinge(Tensor scores, HingeSide side)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var (samples, elements) = Sizes(scores);
        var result = new Loss(scores.Session.Result(new TensorShape(), scores), scores.Session.Empty(new TensorShape(samples)));
        LossesOperations.Hinge.Launch(scores.Device, new HingeLossArguments
        {
            Scores = scores.Single,
            SampleLosses = result.PerSample.Single,
            Loss = result.Mean.Single,
            Samples = samples,
            Elements = elements,
            Side = side,
        });
        scores.Session.Record(
            result.Mean,
            context => context.Write(scores, gradient => LossesOperations.HingeGradient.Launch(context.Device, new HingeLossGradientArguments
            {
                Scores = scores.Single,
                LossGradient = context.Gradient.Single,
                ScoreGradient = gradient,
                Samples = samples,
                Elements = elements,
                Side = side,
            })),
            scores);
        return result;
    }

    /// <summary>Softmax cross-entropy of labels. Saves the logits and what the softmax needs.</summary>
    /// <param name="logits">[batch, ..., classes].</param>
    /// <param name="labels">int32 [batch, ...].</param>
    /// <param name="ignoredLabel">The label of positions that do not count, or null.</param>
    /// <param name="classWeights">[classes], or null for ones.</param>
    public static Loss CrossEntropy(Tensor logits, Tensor labels, int? ignoredLabel = null, Tensor? classWeights = null)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        var (samples, classes) = (logits.Shape[0], logits.Shape[-1]);
        var positions = logits.Shape.Elements / Math.Max(1, samples * classes);
        var session = logits.Session;
        var result = new Loss(session.Result(new TensorShape(), logits), session.Empty(new TensorShape(samples)));
        var logSumExp = session.Empty(new TensorShape(samples, positions));
        var weightSums = session.Empty(new TensorShape(samples));
        LossesOperations.CrossEntropy.Launch(session.Device, new CrossEntropyArguments
        {
            Logits = logits.Single,
            Labels = labels.Int32,
            ClassWeights = classWeights?.Single ?? default,
            SampleLosses = result.PerSample.Single,
            Loss = result.Mean.Single,
            LogSumExp = logSumExp.Single,
            WeightSums = weightSums.Single,
            Samples = samples,
            Positions = positions,
            Classes = classes,
            IgnoredLabel = ignoredLabel,
        });
        session.Record(
            result.Mean,
            context => context.Write(logits, gradient => LossesOperations.CrossEntropyGradient.Launch(context.Device, new CrossEntropyGradientArguments
            {
                Logits = logits.Single,
                Labels = labels.Int32,
                ClassWeights = classWeights?.Single ?? default,
                LogSumExp = logSumExp.Single,
                WeightSums = weightSums.Single,
                LossGradient = context.Gradient.Single,
                LogitGradient = gradient,
                Samples = samples,
                Positions = positions,
                Classes = classes,
                IgnoredLabel = ignoredLabel,
            })),
            logits,
            labels,
            logSumExp,
            weightSums,
            classWeights);
        return result;
    }

    private static Loss Element(
        Tensor prediction,
        Tensor target,
        Tensor? sampleWeights,
        Operation<ElementLossArguments> forward,
        Operation<ElementLossGradientArguments> backward)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        Operand.RequireShape(target, prediction.Shape, nameof(target));
        var (samples, elements) = Sizes(prediction);
        Operand.RequireShape(sampleWeights, new TensorShape(samples), nameof(sampleWeights));
        var session = prediction.Session;
        var result = new Loss(session.Result(new TensorShape(), prediction), session.Empty(new TensorShape(samples)));
        forward.Launch(session.Device, new ElementLossArguments
        {
            Prediction = prediction.Single,
            Target = target.Single,
            SampleWeights = sampleWeights?.Single ?? default,
            SampleLosses = result.PerSample.Single,
            Loss = result.Mean.Single,
            Samples = samples,
            Elements = elements,
        });
        session.Record(
            result.Mean,
            context => context.Write(prediction, gradient => backward.Launch(context.Device, new ElementLossGradientArguments
            {
                Prediction = prediction.Single,
                Target = target.Single,
                SampleWeights = sampleWeights?.Single ?? default,
                LossGradient = context.Gradient.Single,
                PredictionGradient = gradient,
                Samples = samples,
                Elements = elements,
            })),
            prediction,
            target,
            sampleWeights);
        return result;
    }

    private static (int Samples, int Elements) Sizes(Tensor tensor) => (tensor.Shape[0], tensor.Shape.ElementsAfter(0));
}

/// <summary>The result of a loss function.</summary>
/// <param name="Mean">A scalar: what is differentiated.</param>
/// <param name="PerSample">[batch], before weighting by sample; has no gradient.</param>
public sealed record Loss(Tensor Mean, Tensor PerSample);
