using KernelDiff.Engine.Files;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Verification;

/// <summary>The result of replaying a fixture.</summary>
/// <param name="Kind">The experiment.</param>
/// <param name="Tensors">Every recorded tensor.</param>
public sealed record FixtureReport(string Kind, IReadOnlyList<TensorComparison> Tensors);

/// <summary>Replays an experiment of the reference implementation and compares everything that was recorded.</summary>
public static class FixtureVerifier
{
    private const double Output = 1e-4;
    private const double Gradient = 5e-4;
    private const double Trajectory = 5e-4;
    private const double FinalWeight = 1e-3;

    /// <param name="path">A fixture.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="WeightFileException">The file cannot be read, is no fixture, or its weights do not fit its configuration.</exception>
    /// <exception cref="DeviceMemoryException">The device has too little memory.</exception>
    public static FixtureReport Verify(string path, Device device)
    {
        using var fixture = new FixtureFile(path);
        using var session = new Session(device);
        var comparison = new FixtureComparison(fixture);
        try
        {
            Replay(fixture, session, comparison);
        }
        catch (Exception exception) when (exception is ArgumentException or KeyNotFoundException or InvalidOperationException)
        {
            throw fixture.Fault(exception.Message.TrimEnd('.'));
        }

        return new FixtureReport(fixture.Kind, comparison.Compare(name => Tolerance(fixture.Kind, name)));
    }

    private static void Replay(FixtureFile fixture, Session session, FixtureComparison comparison)
    {
        switch (fixture.Kind)
        {
            case "unet":
                NetworkReplays.UNet(fixture, session, comparison);
                break;
            case "vq-autoencoder":
                NetworkReplays.VqAutoencoder(fixture, session, comparison);
                break;
            case "kl-autoencoder":
                NetworkReplays.KlAutoencoder(fixture, session, comparison);
                break;
            case "ddim" or "plms":
                DiffusionReplays.Sampling(fixture, session, comparison);
                break;
            case "schedules":
                DiffusionReplays.Schedules(fixture, comparison);
                break;
            case "training":
                DiffusionReplays.Training(fixture, session, comparison);
                break;
            default:
                throw fixture.Fault($"its kind '{fixture.Kind}' is unknown");
        }
    }

    private static double Tolerance(string kind, string name)
    {
        if (name.StartsWith("grads/", StringComparison.Ordinal))
        {
            return Gradient;
        }

        return kind switch
        {
            "ddim" or "plms" => Trajectory,
            "training" when name != "outputs/losses" => FinalWeight,
            _ => Output,
        };
    }
}
