using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Recognition;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff train classifier</c>: a network that tells the 40 attributes.</summary>
internal sealed class TrainClassifierCommand : TrainRecognitionCommand
{
    public TrainClassifierCommand(RunnerConsole console)
        : base(console, "classifier", "Train a classifier of the 40 attributes, with which evaluation measures them.")
    {
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff train classifier --data faces --out runs/classifier", "at the size of the demo's images"),
    ];

    protected override string TrainingKey => "classifier_training";

    protected override RunConfiguration WithSteps(RunConfiguration document, int count) =>
        document with { ClassifierTraining = document.ClassifierTraining with { Steps = count } };

    protected override RecognitionTrainingConfiguration SettingsOf(RunConfiguration run) => run.ClassifierTraining;

    protected override LayerList LayersOf(RunConfiguration run) =>
        RecognitionNetworks.Classifier(run.Model.ImageSize, run.ClassifierTraining.Width, run.ClassifierTraining.Levels);

    protected override Trainer Create(Session session, RunConfiguration run, StoredFaces faces) =>
        new ClassifierTrainer(session, run.Model.ImageSize, run.ClassifierTraining, faces);

    protected override void RequireAnnotations(StoredFaces faces)
    {
        if (!faces.HasAttributes)
        {
            throw new UsageException("The set has no attributes, from which a classifier learns. Give one with attributes to --data.");
        }
    }
}
