using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Plans;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Tests.Files;
using KernelDiff.Engine.Tests.Plans;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tests.Training;

public class TrainingRunTests
{
    private TemporaryFolder folder;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [TestCase(true)]
    [TestCase(false)]
    public void Resuming_gives_the_bits_of_an_uninterrupted_run(bool isDiffusion)
    {
        var straight = Start("straight", isDiffusion, steps: 6);
        Start("broken", isDiffusion, steps: 6, stopAfter: 3);
        var resumed = Resume("broken", isDiffusion, steps: 6);
        Assert.That(resumed.IsComplete);
        Assert.That(
            File.ReadAllBytes(Tensors("broken", 6)), Is.EqualTo(File.ReadAllBytes(Tensors("straight", 6))), "weights and optimiser state");
        Assert.That(File.ReadAllBytes(resumed.Model), Is.EqualTo(File.ReadAllBytes(straight.Model)), "model");
        Assert.That(
            TrainingLog.ReadLosses(Path("broken", "log.jsonl")), Is.EqualTo(TrainingLog.ReadLosses(Path("straight", "log.jsonl"))));
    }

    [Test]
    public void Resuming_goes_on_by_the_plan_that_the_run_was_started_with()
    {
        Start("rules", isDiffusion: true, steps: 6);
        var plan = PlanOf("rules");
        Start("straight", isDiffusion: true, steps: 6, plan: plan);
        Start("broken", isDiffusion: true, steps: 6, stopAfter: 3, plan: plan);
        Resume("broken", isDiffusion: true, steps: 6);
        var (rules, straight, broken) =
            (File.ReadAllBytes(Tensors("rules", 6)), File.ReadAllBytes(Tensors("straight", 6)), File.ReadAllBytes(Tensors("broken", 6)));
        Assert.That(straight, Is.Not.EqualTo(rules), "the plan makes a difference");
        Assert.That(broken, Is.EqualTo(straight));
        Assert.That(File.ReadAllText(Path("broken", "checkpoints", "step-6", "state.json")), Does.Contain(plan.Hash));
        Assert.That(File.ReadAllText(Path("rules", "checkpoints", "step-6", "state.json")), Does.Not.Contain("plan"));
    }

    [Test]
    public void A_run_does_not_go_on_without_its_plan()
    {
        Start("rules", isDiffusion: true, steps: 1);
        Start("run", isDiffusion: true, steps: 2, plan: PlanOf("rules"));
        File.Delete(Path("run", "plan.json"));
        Assert.That(
            () => Resume("run", isDiffusion: true, steps: 4), Throws.TypeOf<RunFolderException>().With.Message.Contains("plan.json"));
    }

    [Test]
    public void A_damaged_newest_checkpoint_falls_back_to_the_one_before_and_says_so()
    {
        Start("run", isDiffusion: true, steps: 4, stopAfter: 2);
        Resume("run", isDiffusion: true, steps: 4);
        var damaged = Tensors("run", 4);
        var bytes = File.ReadAllBytes(damaged);
        bytes[^5] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        var warnings = new List<string>();
        var resumed = Resume("run", isDiffusion: true, steps: 4, warned: warnings.Add);
        Assert.That(warnings, Has.Exactly(1).Contains("step-4").And.Exactly(1).Contains("checksum differs"));
        Assert.That(resumed.Images, Is.EqualTo(2 * 4), "two steps again");
        Assert.That(TrainingLog.ReadLosses(Path("run", "log.jsonl")).Select(entry => entry.Step), Is.EqualTo(new[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void A_checkpoint_without_its_last_file_is_not_used()
    {
        Start("run", isDiffusion: true, steps: 2);
        File.Delete(Path("run", "checkpoints", "step-2", "DONE"));
        var warnings = new List<string>();
        var resumed = Resume("run", isDiffusion: true, steps: 2, warned: warnings.Add);
        Assert.That(warnings, Has.Exactly(1).Contains("DONE is missing"));
        Assert.That(resumed.Images, Is.EqualTo(2 * 4), "from the beginning");
    }

    [Test]
    public void A_run_does_not_go_on_with_other_images()
    {
        Start("run", isDiffusion: true, steps: 2);
        Assert.That(
            () => Resume("run", isDiffusion: true, steps: 4, faces: new TinyFaces { Fingerprint = "others" }),
            Throws.TypeOf<RunFolderException>().With.Message.Contains("others"));
    }

    [Test]
    public void A_run_of_one_kind_is_not_resumed_as_another()
    {
        Start("run", isDiffusion: true, steps: 2);
        Assert.That(
            () => Resume("run", isDiffusion: false, steps: 4), Throws.TypeOf<WeightFileException>().With.Message.Contains("diffusion"));
    }

    [Test]
    public void A_folder_that_holds_a_run_is_not_started_again()
    {
        var configuration = new RunConfiguration { Model = TinyTraining.Model() };
        RunFolder.Create(Path("run"), configuration);
        Assert.That(() => RunFolder.Create(Path("run"), configuration), Throws.TypeOf<RunFolderException>().With.Message.Contains("--resume"));
    }

    [Test]
    public void Two_processes_cannot_train_in_one_folder()
    {
        var run = RunFolder.Create(Path("run"), new RunConfiguration { Model = TinyTraining.Model() });
        using (run.Lock())
        {
            Assert.That(() => RunFolder.Open(run.Path).Run.Lock(), Throws.TypeOf<RunFolderException>().With.Message.Contains("in use"));
        }

        Assert.That(() => run.Lock().Dispose(), Throws.Nothing);
    }

    [Test]
    public void Only_the_newest_checkpoints_are_kept()
    {
        var store = new CheckpointStore(Path("checkpoints"));
        foreach (var step in new[] { 1, 2, 3 })
        {
            store.Write(step, partial => File.WriteAllText(System.IO.Path.Combine(partial, "a"), "text"), keep: 2);
        }

        Assert.That(store.Steps, Is.EqualTo(new[] { 3, 2 }));
    }

    [Test]
    public void A_checkpoint_that_fails_leaves_the_older_ones_and_nothing_of_itself()
    {
        var store = new CheckpointStore(Path("checkpoints"));
        store.Write(1, partial => File.WriteAllText(System.IO.Path.Combine(partial, "a"), "text"), keep: 2);
        Assert.That(
            () => store.Write(
                2,
                partial =>
                {
                    File.WriteAllText(System.IO.Path.Combine(partial, "a"), "text");
                    throw new IOException("No space left on device");
                },
                keep: 1),
            Throws.TypeOf<IOException>());
        Assert.That(Directory.GetDirectories(store.Path).Select(System.IO.Path.GetFileName), Is.EqualTo(new[] { "step-1" }));
        Assert.That(store.FindNewest((_, _) => { })!.Value.Step, Is.EqualTo(1));
    }

    [Test]
    public void Training_stops_after_gradients_that_are_not_finite_and_changes_nothing()
    {
        using var device = DeviceCatalog.Open("cpu");
        using var session = new Session(device);
        using var firstStage = new FirstStage(session, TinyTraining.Model().FirstStage, withGradients: false);
        using var trainer = new DiffusionTrainer(
            session,
            TinyTraining.Model(),
            TinyTraining.Diffusion(10) with { StopAfterSkipped = 2 },
            new BrokenLatents(),
            firstStage);
        var before = trainer.Arena.Values.ToArray();
        Assert.That(trainer.Step().IsSkipped);
        Assert.That(() => trainer.Step(), Throws.TypeOf<TrainingDivergedException>().With.Message.Contains("clip_norm"));
        Assert.That(trainer.Arena.Values.ToArray(), Is.EqualTo(before));
        Assert.That(trainer.Average.Values.ToArray(), Is.EqualTo(before));
    }

    /// <summary>Other variants than the rules choose, for what a step of a run launches.</summary>
    private PlanFile PlanOf(string name)
    {
        using var device = DeviceCatalog.Open("cpu");
        var plan = UnusualVariants.Of(device, () => Train(
            RunFolder.Open(Path(name)).Run, isDiffusion: true, 100, stopAfter: 1, isResumed: false, _ => { }, new TinyFaces(), device));
        return UnusualVariants.File(plan);
    }

    private TrainingRunResult Start(string name, bool isDiffusion, int steps, int? stopAfter = null, PlanFile? plan = null)
    {
        var run = RunFolder.Create(Path(name), new RunConfiguration { Model = TinyTraining.Model() });
        run.StorePlan(plan);
        return Train(run, isDiffusion, steps, stopAfter, isResumed: false, _ => { }, new TinyFaces());
    }

    private TrainingRunResult Resume(
        string name, bool isDiffusion, int steps, Action<string>? warned = null, TinyFaces? faces = null) =>
        Train(RunFolder.Open(Path(name)).Run, isDiffusion, steps, null, isResumed: true, warned ?? (_ => { }), faces ?? new TinyFaces());

    private static TrainingRunResult Train(
        RunFolder run, bool isDiffusion, int steps, int? stopAfter, bool isResumed, Action<string> warned, TinyFaces faces)
    {
        using var device = DeviceCatalog.Open("cpu");
        device.Plan = run.ReadPlan()?.Plan;
        return Train(run, isDiffusion, steps, stopAfter, isResumed, warned, faces, device);
    }

    private static TrainingRunResult Train(
        RunFolder run, bool isDiffusion, int steps, int? stopAfter, bool isResumed, Action<string> warned, TinyFaces faces, Device device)
    {
        using var session = new Session(device);
        using var cancellation = new CancellationTokenSource();
        var model = TinyTraining.Model();
        TrainingConfiguration configuration = isDiffusion ? TinyTraining.Diffusion(steps) : TinyTraining.Autoencoder(steps);
        using var firstStage = new FirstStage(session, model.FirstStage, withGradients: false);
        using Trainer trainer = isDiffusion
            ? new DiffusionTrainer(session, model, (DiffusionTrainingConfiguration)configuration, faces, firstStage)
            : new AutoencoderTrainer(session, model, (AutoencoderTrainingConfiguration)configuration, faces);
        var training = new TrainingRun(run, trainer, configuration, new TrainingRunEvents
        {
            Warned = warned,
            Stepped = step =>
            {
                if (step.Step == stopAfter)
                {
                    cancellation.Cancel();
                }
            },
        });
        if (isResumed)
        {
            training.Resume();
        }

        return training.Run(cancellation.Token);
    }

    private string Tensors(string name, int step) => Path(name, "checkpoints", $"step-{step}", "optimizer.safetensors");

    private string Path(params string[] parts) => System.IO.Path.Combine([folder.Path, .. parts]);

    private sealed class BrokenLatents : ILatentSource
    {
        public int Count => 1;

        public string Fingerprint => "broken";

        public void Read(int image, bool isMirrored, Span<float> latent, Span<byte> labels)
        {
            latent.Fill(float.NaN);
            labels.Clear();
        }

        public ReadOnlySpan<Data.AttributeState> Attributes(int image) => new TinyFaces().Attributes(image);
    }
}
