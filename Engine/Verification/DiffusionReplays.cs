using System.Globalization;
using System.Text.RegularExpressions;
using KernelDiff.Engine.Diffusion;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;

namespace KernelDiff.Engine.Verification;

/// <summary>Fixtures of noise schedules, sampling trajectories and training steps.</summary>
internal static partial class DiffusionReplays
{
    public static void Schedules(FixtureFile fixture, FixtureComparison comparison)
    {
        foreach (var name in fixture.File.Tensors.Select(tensor => tensor.Name))
        {
            if (name.Split('/') is not ["outputs", var kind, var quantity])
            {
                continue;
            }

            var schedule = Schedule(fixture, kind);
            var values = quantity switch
            {
                "betas" => schedule.Betas.ToArray(),
                "alphas_cumprod" => schedule.AlphasCumulative.ToArray(),
                _ when Weight().Match(quantity) is { Success: true } match =>
                    new P2Weighting(Number(match.Groups[1]), Number(match.Groups[2])).Weights(schedule),
                _ => null,
            };
            if (values is not null)
            {
                comparison.Add(name, Array.ConvertAll(values, value => (float)value));
            }
        }
    }

    public static void Sampling(FixtureFile fixture, Session session, FixtureComparison comparison)
    {
        var network = new UNet(fixture.Configure<UNetConfiguration>("unet"));
        using var arena = NetworkReplays.Load(network, fixture, session, withGradients: false);
        using var scope = session.BeginScope();
        var schedule = Schedule(fixture, "linear");
        var timesteps = SamplingTimesteps.Ddim(schedule.Timesteps, (int)fixture.Number("steps"));
        var predict = Guidance.ClassifierFree(
            (latent, steps, context) => network.Forward(latent, steps, context),
            fixture.Tensor(session, "inputs/context"),
            fixture.Tensor(session, "inputs/unconditional_context"),
            (float)fixture.Number("guidance_scale"));
        var sampler = fixture.Kind == "plms" ? DiscreteSamplers.Plms() : DiscreteSamplers.Ddim(fixture.Number("eta"));
        var (latents, cleans) = (new List<float>(), new List<float>());
        var result = sampler(
            fixture.Image(session, "inputs/x_T"),
            predict,
            schedule,
            timesteps,
            step => fixture.ImageOfStep(session, "inputs/noise", step),
            progress =>
            {
                latents.AddRange(ImageOrder.ToFile(progress.Latent));
                cleans.AddRange(ImageOrder.ToFile(progress.Predicted));
            });
        comparison.Add("outputs/x_steps", [.. latents]);
        comparison.Add("outputs/pred_x0_steps", [.. cleans]);
        comparison.Add("outputs/x_0", ImageOrder.ToFile(result));
        comparison.Add("outputs/timesteps", [.. timesteps.Select(timestep => (float)timestep)]);
    }

    public static void Training(FixtureFile fixture, Session session, FixtureComparison comparison)
    {
        var network = new UNet(fixture.Configure<UNetConfiguration>("unet"));
        using var arena = NetworkReplays.Load(network, fixture, session, withGradients: true);
        var settings = fixture.Configuration.GetProperty("optimizer");
        var options = new AdamWOptions
        {
            LearningRate = settings.GetProperty("lr").GetSingle(),
            Beta1 = settings.GetProperty("betas")[0].GetSingle(),
            Beta2 = settings.GetProperty("betas")[1].GetSingle(),
            Epsilon = settings.GetProperty("eps").GetSingle(),
            WeightDecay = settings.GetProperty("weight_decay").GetSingle(),
        };
        using var optimizer = new AdamW(session, arena, options);
        using var average = new ExponentialMovingAverage(session, arena, (float)fixture.Number("ema_decay"));
        var schedule = Schedule(fixture, "linear");
        var weights = LossWeighting(fixture).Weights(schedule);
        var steps = fixture.Shape("inputs/z0")[0];
        var losses = new float[steps];
        var undecided = new UndecidedSteps(arena);
        for (var step = 0; step < steps; step++)
        {
            losses[step] = Step(fixture, session, network, schedule, weights, step, arena);
            undecided.Count();
            using var scope = session.BeginScope();
            optimizer.Step();
            average.Update();
        }

        comparison.Add("outputs/losses", losses);
        foreach (var parameter in arena.Parameters)
        {
            var rule = FinalWeightRule(fixture, parameter.Name, options.LearningRate, steps, undecided.Of(parameter));
            comparison.Add("outputs/weights/" + parameter.Name, ToFile(parameter, parameter.Single.ToArray()), rule);
            comparison.Add("outputs/ema/" + parameter.Name, ToFile(parameter, average.ValueOf(parameter).ToArray()), rule);
        }
    }

    private static float Step(
        FixtureFile fixture, Session session, UNet network, NoiseSchedule schedule, double[] weights, int step, ParameterArena arena)
    {
        arena.ClearGradients();
        using var tape = session.BeginTape();
        var clean = fixture.ImageOfStep(session, "inputs/z0", step);
        var noise = fixture.ImageOfStep(session, "inputs/noise", step);
        var batch = clean.Shape[0];
        var timesteps = fixture.ReadIntegers("inputs/timesteps").AsSpan(step * batch, batch).ToArray();
        var contextShape = fixture.Shape("inputs/context")[1..];
        var contextLength = contextShape.Aggregate(1, (product, size) => product * size);
        var context = session.FromValues<float>(
            fixture.Read("inputs/context").AsSpan(step * contextLength, contextLength), new TensorShape(contextShape));
        var noisy = Arithmetic.Mix(
            clean,
            PerImage(session, timesteps, t => Math.Sqrt(schedule.AlphasCumulative[(int)t])),
            noise,
            PerImage(session, timesteps, t => Math.Sqrt(1 - schedule.AlphasCumulative[(int)t])));
        var predicted = network.Forward(noisy, PerImage(session, timesteps, t => t), context);
        var loss = LossFunctions.SquaredError(predicted, noise, PerImage(session, timesteps, t => weights[t])).Mean;
        tape.Backward(loss);
        return loss.ToScalar();
    }

    /// <summary>
    /// AdamW turns rounding noise in a gradient that should be zero into steps of full size, so elements that hardly moved are only
    /// required not to have run away, and elements that began with noise may have gone the other way as long as that lasted.
    /// </summary>
    private static Func<float[], float[], double, double> FinalWeightRule(
        FixtureFile fixture, string name, double learningRate, int steps, int[] undecided)
    {
        var farthest = learningRate * steps;
        var (initial, final) = (fixture.Read("weights/" + name), fixture.Read("outputs/weights/" + name));
        return (values, expected, scale) =>
        {
            var worst = 0.0;
            for (var i = 0; i < expected.Length; i++)
            {
                var hardlyMoved = Math.Abs(final[i] - initial[i]) < 0.2 * farthest;
                var difference = Math.Max(0, Math.Abs((double)values[i] - expected[i]) - (2 * learningRate * undecided[i]));
                var error = hardlyMoved ? (difference <= 0.5 * farthest ? 0 : double.PositiveInfinity) : difference / scale;
                worst = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(worst, error);
            }

            return worst;
        };
    }

    private static NoiseSchedule Schedule(FixtureFile fixture, string kind) => new(
        kind switch
        {
            "linear" => NoiseScheduleKind.Linear,
            "cosine" => NoiseScheduleKind.Cosine,
            "sqrt_linear" => NoiseScheduleKind.SqrtLinear,
            "sqrt" => NoiseScheduleKind.Sqrt,
            _ => throw fixture.Fault($"the noise schedule '{kind}' is unknown"),
        },
        (int)fixture.Number("timesteps"),
        fixture.Number("linear_start"),
        fixture.Number("linear_end"));

    private static P2Weighting LossWeighting(FixtureFile fixture)
    {
        var text = fixture.Configuration.TryGetProperty("loss", out var loss) ? loss.GetString() ?? "" : fixture.Loss;
        var match = LossWeight().Match(text);
        return match.Success ? new P2Weighting(Number(match.Groups[1]), Number(match.Groups[2])) : P2Weighting.None;
    }

    private static Tensor PerImage(Session session, long[] timesteps, Func<long, double> value) => session.FromValues<float>(
        Array.ConvertAll(timesteps, timestep => (float)value(timestep)), new TensorShape(timesteps.Length));

    private static float[] ToFile(Parameter parameter, float[] values) => ParameterLayouts.ToFile(parameter.Specification, values);

    private static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("^p2_weight_k([0-9.]+)_gamma([0-9.]+)$")]
    private static partial Regex Weight();

    [GeneratedRegex(@"k\s*=\s*([0-9.]+)\s*,\s*gamma\s*=\s*([0-9.]+)")]
    private static partial Regex LossWeight();
}
