using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Recognition;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff train parser</c>: a network that tells the class of every pixel.</summary>
internal sealed class TrainParserCommand : TrainRecognitionCommand
{
    public TrainParserCommand(RunnerConsole console)
        : base(console, "parser", "Train a face parser, with which evaluation measures masks.")
    {
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff train parser --data faces --out runs/parser", "at the size of the demo's images"),
    ];

    protected override string TrainingKey => "parser_training";

    protected override RunConfiguration WithSteps(RunConfiguration document, int count) =>
        document with { ParserTraining = document.ParserTraining with { Steps = count } };

    protected override RecognitionTrainingConfiguration SettingsOf(RunConfiguration run) => run.ParserTraining;

    protected override LayerList LayersOf(RunConfiguration run) =>
        RecognitionNetworks.Parser(run.Model.ImageSize, run.ParserTraining.Width, run.ParserTraining.Levels);

    protected override Trainer Create(Session session, RunConfiguration run, StoredFaces faces) =>
        new ParserTrainer(session, run.Model.ImageSize, run.ParserTraining, faces);

    protected override void RequireAnnotations(StoredFaces faces)
    {
        if (!faces.HasMasks)
        {
            throw new UsageException("The set has no masks, from which a parser learns. Give one with masks to --data.");
        }
    }
}
