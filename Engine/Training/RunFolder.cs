using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Plans;

namespace KernelDiff.Engine.Training;

/// <summary>The folder of a training run: configuration, log, pictures, checkpoints.</summary>
public sealed class RunFolder
{
    private const string ConfigurationFile = "configuration.json";
    private const string PlanFileName = "plan.json";

    private RunFolder(string path)
    {
        Path = path;
        Checkpoints = new CheckpointStore(System.IO.Path.Combine(path, "checkpoints"));
    }

    public string Path { get; }

    public CheckpointStore Checkpoints { get; }

    /// <summary>One JSON document a line, a line a step.</summary>
    public string Log => System.IO.Path.Combine(Path, "log.jsonl");

    /// <summary>The plot of the loss.</summary>
    public string LossPlot => System.IO.Path.Combine(Path, "loss.png");

    /// <summary>Sample grids.</summary>
    public string Samples => System.IO.Path.Combine(Path, "samples");

    /// <summary>Starts a run.</summary>
    /// <param name="path">Must not hold a run already.</param>
    /// <param name="configuration">Resolved; stored in the folder.</param>
    /// <exception cref="RunFolderException">The folder holds a run, or is a file.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static RunFolder Create(string path, RunConfiguration configuration)
    {
        RequireFree(path);
        Directory.CreateDirectory(path);
        var run = new RunFolder(path);
        run.Store(configuration);
        return run;
    }

    /// <summary>Refuses a folder in which no run can be started, before anything is done for it.</summary>
    /// <exception cref="RunFolderException">The folder holds a run, or is a file.</exception>
    public static void RequireFree(string path)
    {
        var run = new RunFolder(path);
        if (File.Exists(run.ConfigurationPath) || Directory.Exists(run.Checkpoints.Path))
        {
            throw new RunFolderException(
                $"'{path}' holds a run already. Go on with --resume {path}, or choose another folder with --out.");
        }

        if (File.Exists(path))
        {
            throw new RunFolderException($"'{path}' is a file. Choose another folder with --out.");
        }
    }

    /// <summary>Opens a run that was started before.</summary>
    /// <exception cref="RunFolderException">The folder holds no run.</exception>
    /// <exception cref="ConfigurationException">Its configuration cannot be used.</exception>
    public static (RunFolder Run, RunConfiguration Configuration) Open(string path)
    {
        var run = new RunFolder(path);
        return File.Exists(run.ConfigurationPath)
            ? (run, ConfigurationDocument.Load(run.ConfigurationPath))
            : throw new RunFolderException($"'{path}' holds no run: {ConfigurationFile} is missing.");
    }

    /// <summary>Keeps other processes from training in this folder until the result is disposed, or this process ends in any way.</summary>
    /// <exception cref="RunFolderException">Another process trains in it.</exception>
    public IDisposable Lock()
    {
        var path = System.IO.Path.Combine(Path, "lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception)
        {
            throw new RunFolderException(
                $"'{Path}' is in use: another process trains in it (or '{path}' cannot be written: {exception.Message})");
        }
    }

    /// <summary>Stores the configuration in place of the one before.</summary>
    public void Store(RunConfiguration configuration) =>
        AtomicFile.WriteAllBytes(ConfigurationPath, System.Text.Encoding.UTF8.GetBytes(ConfigurationDocument.Write(configuration) + "\n"));

    /// <summary>Stores the plan that the run is started with.</summary>
    /// <param name="plan">Null for none: then nothing is stored.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void StorePlan(PlanFile? plan) => plan?.Write(PlanPath);

    /// <summary>The plan that the run was started with.</summary>
    /// <returns>Null where there was none.</returns>
    /// <exception cref="DataFileException">It cannot be read, or is none for this version.</exception>
    public PlanFile? ReadPlan() => File.Exists(PlanPath) ? PlanFile.Read(PlanPath) : null;

    private string PlanPath => System.IO.Path.Combine(Path, PlanFileName);

    private string ConfigurationPath => System.IO.Path.Combine(Path, ConfigurationFile);
}

/// <summary>A run's folder is not what the command needs it to be.</summary>
public sealed class RunFolderException(string message) : Exception(message);
