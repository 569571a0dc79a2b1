using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Profiling;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Runner.Commands;

/// <summary>Measures the shapes of networks. When it is asked to stop, what was measured so far stays.</summary>
internal sealed class TuneSession(CommandContext context, IReadOnlyList<Operation> operations, Device device, PlanTuner tuner)
{
    private readonly List<TunedShape> shapes = [];

    /// <summary>What was measured, in the order of the networks' work.</summary>
    public IReadOnlyList<TunedShape> Shapes => shapes;

    /// <summary>Whether shapes were left.</summary>
    public bool IsCancelled { get; private set; }

    public void Run(IReadOnlyList<TunedNetwork> networks)
    {
        try
        {
            var found = networks.SelectMany(Record).Distinct().ToList();
            var open = found.Where(launch => tuner.Candidates(OperationOf(launch), launch.Shape).Count > 1).ToList();
            context.Log(Verbosity.Verbose, $"{found.Count} shapes, {open.Count} of them with more than one variant");
            for (var i = 0; i < open.Count; i++)
            {
                context.Progress.Show($"{i + 1} of {open.Count}: {open[i].Operation} {open[i].Shape}");
                context.Cancellation.ThrowIfCancellationRequested();
                Tune(open[i]);
            }
        }
        catch (OperationCanceledException)
        {
            IsCancelled = true;
        }

        context.Progress.Clear();
    }

    private Operation OperationOf(PlannedLaunch launch) => operations.First(operation => operation.Name == launch.Operation);

    private void Tune(PlannedLaunch launch)
    {
        try
        {
            var tuned = tuner.Tune(OperationOf(launch), launch.Shape, context.Cancellation);
            foreach (var (variant, fault) in tuned.Wrong)
            {
                context.Log(Verbosity.Normal, $"wrong result: {launch.Operation}/{variant} {launch.Shape} on {device.Name}: {fault}");
            }

            foreach (var (variant, seconds) in tuned.Timed)
            {
                context.Log(Verbosity.Verbose, $"{launch.Operation} {launch.Shape}: {variant} {Units.Seconds(seconds)}");
            }

            shapes.Add(tuned);
        }
        catch (DeviceMemoryException exception)
        {
            context.Log(Verbosity.Normal, $"left out: {launch.Operation} {launch.Shape}: {exception.Message}");
        }
    }

    /// <summary>The shapes of a network, whose weights are gone before anything is timed.</summary>
    private IReadOnlyList<PlannedLaunch> Record(TunedNetwork network)
    {
        context.Cancellation.ThrowIfCancellationRequested();
        context.Progress.Show($"looking for the shapes of {network.Configuration.Name}, {ModelPartNames.Of(network.Part)}");
        using var session = new Session(device);
        using var workload = network.Part.CreateWorkload(session, network.Configuration, batch: 1, network.IsTraining);
        return PlannedLaunches.Of(device, workload);
    }
}

/// <summary>A network to measure the shapes of.</summary>
/// <param name="Configuration">Of the whole model.</param>
/// <param name="Part">Which part of it.</param>
/// <param name="IsTraining">Whether the shapes of a training step are wanted.</param>
internal sealed record TunedNetwork(ModelConfiguration Configuration, ModelPart Part, bool IsTraining);
