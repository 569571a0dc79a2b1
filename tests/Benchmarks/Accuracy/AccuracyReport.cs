using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using KernelDiff.Engine.Models;
using KernelDiff.Kernels;

namespace KernelDiff.Benchmarks;

/// <summary>What <c>accuracy.json</c> holds.</summary>
/// <param name="Version">Version and commit of the engine.</param>
/// <param name="Date">When it was measured, UTC.</param>
/// <param name="Hardware">The processor.</param>
/// <param name="Results">One for each variant, against the exact one.</param>
internal sealed record AccuracyReport(string Version, DateTimeOffset Date, string Hardware, IReadOnlyList<AccuracyResult> Results)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Samples and trains with every variant.</summary>
    /// <param name="threads">Of the device.</param>
    /// <param name="progress">Is told what runs.</param>
    public static AccuracyReport Measure(int threads, Action<string> progress)
    {
        var weights = Path.Combine(Repository.Root, "weights", "demo.safetensors");
        using var device = AccuracyVariant.Exact.Open(threads);
        using var model = FaceModel.Load(device, weights);
        var data = new DrawnLatents(model);
        var (trajectory, course) = Run(AccuracyVariant.Exact);
        return new AccuracyReport(
            typeof(Device).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
            DateTimeOffset.UtcNow,
            $"{device.Description.Hardware}, {device.Description.Language}",
            [.. AccuracyVariant.Compared.Select(variant =>
            {
                var (foundTrajectory, foundCourse) = Run(variant);
                return AccuracyResult.Of(variant.Name, foundTrajectory, trajectory, foundCourse, course);
            })]);

        (Trajectory Trajectory, TrainingCourse Course) Run(AccuracyVariant variant)
        {
            progress($"{variant.Name}: trajectory");
            var sampled = Trajectory.Sample(variant, threads, weights);
            progress($"{variant.Name}: training");
            return (sampled, TrainingCourse.Train(variant, threads, model.Configuration, data));
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Hardware}; version {Version}, {Date:yyyy-MM-dd HH:mm} UTC.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"| against exact convolutions | {string.Join(" | ", Results.Select(result => result.Name))} |\n");
        text.Append(CultureInfo.InvariantCulture, $"|---{string.Concat(Results.Select(_ => "|---"))}|\n");
        Row("50 DDIM steps, demo model: latents after step 1", result => Part(result.LatentDifferences[0]));
        Row("latents after step 25", result => Part(result.LatentDifferences[(result.LatentDifferences.Count / 2) - 1]));
        Row("latents after the last step", result => Part(result.LatentDifferences[^1]));
        Row("pictures, largest difference of 8-bit levels", result => $"{result.LargestPixelDifference}");
        Row("pictures, values that differ", result => result.DifferingPixelValues.ToString("0.00 %", CultureInfo.InvariantCulture));
        Row("200 steps of training: loss, mean difference of steps 1 to 100", result => Part(result.LossDifferences.Take(100).Average()));
        Row("loss, mean difference of steps 101 to 200", result => Part(result.LossDifferences.Skip(100).Average()));
        Row("mean loss of steps 101 to 200, difference", result => Part(result.MeanLossDifference));
        Row("weights after the last step", result => Part(result.WeightDifference));
        Row("weights, as a part of what training changed", result => Part(result.WeightChangeDifference));
        Row("moving average, as a part of what training changed", result => Part(result.AverageChangeDifference));
        text.Append("\nLatents, weights: L2 norm of the difference as a part of that of the exact ones. Losses: as a part of the exact loss.\n");
        return text.ToString();

        void Row(string name, Func<AccuracyResult, string> cell) => text.Append(
            CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", Results.Select(cell))} |\n");
    }

    private static string Part(double value) => value.ToString("0.0e+0", CultureInfo.InvariantCulture);
}

/// <summary>How far a variant is from the exact one.</summary>
/// <param name="Name">Of the variant.</param>
/// <param name="LatentDifferences">After each step: |difference| / |exact|, in L2 norms.</param>
/// <param name="LargestPixelDifference">In 8-bit levels.</param>
/// <param name="DifferingPixelValues">Part of the values of all pictures that differ at all.</param>
/// <param name="Losses">Of each step.</param>
/// <param name="ExactLosses">Of each step, by the exact variant.</param>
/// <param name="LossDifferences">Of each step: |difference| / exact.</param>
/// <param name="MeanLossDifference">Of the mean over the second half of the steps: |difference| / exact.</param>
/// <param name="WeightDifference">After the last step: |difference| / |exact|.</param>
/// <param name="WeightChangeDifference">After the last step: |difference| / |exact - initial|.</param>
/// <param name="AverageChangeDifference">The same for the moving average.</param>
internal sealed record AccuracyResult(
    string Name,
    IReadOnlyList<double> LatentDifferences,
    int LargestPixelDifference,
    double DifferingPixelValues,
    IReadOnlyList<float> Losses,
    IReadOnlyList<float> ExactLosses,
    IReadOnlyList<double> LossDifferences,
    double MeanLossDifference,
    double WeightDifference,
    double WeightChangeDifference,
    double AverageChangeDifference)
{
    public static AccuracyResult Of(string name, Trajectory trajectory, Trajectory exact, TrainingCourse course, TrainingCourse exactCourse)
    {
        int[] pixels = [.. trajectory.Pixels.Zip(exact.Pixels, (one, other) => Math.Abs(one - other))];
        var half = course.Losses.Count / 2;
        var (mean, exactMean) = (course.Losses.Skip(half).Average(), exactCourse.Losses.Skip(half).Average());
        return new AccuracyResult(
            name,
            [.. trajectory.Latents.Zip(exact.Latents, (found, expected) => RelativeDifference.Of(found, expected))],
            pixels.Max(),
            pixels.Count(difference => difference > 0) / (double)pixels.Length,
            course.Losses,
            exactCourse.Losses,
            [.. course.Losses.Zip(exactCourse.Losses, (found, expected) => (double)Math.Abs(found - expected) / expected)],
            Math.Abs(mean - exactMean) / exactMean,
            RelativeDifference.Of(course.Weights, exactCourse.Weights),
            RelativeDifference.Of(course.Weights, exactCourse.Weights, exactCourse.Initial),
            RelativeDifference.Of(course.Average, exactCourse.Average, exactCourse.Initial));
    }
}
