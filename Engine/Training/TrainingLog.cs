using System.Text.Json;

namespace KernelDiff.Engine.Training;

/// <summary>The log of a run: a line of JSON for each step, readable while the run goes on.</summary>
public sealed class TrainingLog : IDisposable
{
    private readonly StreamWriter writer;

    /// <param name="path">Lines are added at its end.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public TrainingLog(string path)
    {
        writer = new StreamWriter(path, append: true) { AutoFlush = true };
    }

    /// <summary>Adds a step.</summary>
    /// <param name="step">What it reported.</param>
    /// <param name="seconds">Since the beginning of the run.</param>
    public void Write(TrainingStep step, double seconds)
    {
        ArgumentNullException.ThrowIfNull(step);
        var line = new Dictionary<string, object>
        {
            ["step"] = step.Step,
            ["loss"] = Finite(step.Loss),
            ["gradient_norm"] = Finite(step.GradientNorm),
            ["skipped"] = step.IsSkipped,
            ["images"] = step.Images,
            ["step_seconds"] = Math.Round(step.Duration.TotalSeconds, 4),
            ["seconds"] = Math.Round(seconds, 2),
        };
        foreach (var (name, value) in step.Details)
        {
            line[name] = Finite(value);
        }

        try
        {
            writer.WriteLine(JsonSerializer.Serialize(line));
        }
        catch (IOException)
        {
            // A full disk must not end the training; the checkpoint will say so.
        }
    }

    /// <summary>Step and loss of every complete line.</summary>
    public static IReadOnlyList<(int Step, float Loss)> ReadLosses(string path)
    {
        var losses = new List<(int, float)>();
        foreach (var line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            if (StepOf(line) is { } step)
            {
                using var document = JsonDocument.Parse(line);
                var loss = document.RootElement.TryGetProperty("loss", out var value) && value.ValueKind == JsonValueKind.Number
                    ? value.GetSingle()
                    : float.NaN;
                losses.Add((step, loss));
            }
        }

        return losses;
    }

    /// <summary>Removes what was logged after a step, and a line that was not written to its end.</summary>
    public static void Truncate(string path, int step)
    {
        if (File.Exists(path))
        {
            var kept = File.ReadLines(path).Where(line => StepOf(line) is { } logged && logged <= step).ToList();
            var text = string.Concat(kept.Select(line => line + "\n"));
            Files.AtomicFile.WriteAllBytes(path, System.Text.Encoding.UTF8.GetBytes(text));
        }
    }

    public void Dispose() => writer.Dispose();

    private static int? StepOf(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("step", out var step)
                && step.TryGetInt32(out var number)
                    ? number
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>JSON has no infinities.</summary>
    private static object Finite(float value) => float.IsFinite(value) ? value : value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
