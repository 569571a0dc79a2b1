using System.Globalization;
using System.Text.RegularExpressions;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Verification;

/// <summary>Fixtures of one forward and backward pass: UNet, VQ and KL autoencoders.</summary>
internal static partial class NetworkReplays
{
    public static void UNet(FixtureFile fixture, Session session, FixtureComparison comparison)
    {
        var network = new UNet(fixture.Configure<UNetConfiguration>());
        using var arena = Load(network, fixture, session, withGradients: true);
        using var tape = session.BeginTape();
        var latent = fixture.Image(session, "inputs/x", requiresGradient: true);
        var context = fixture.Has("inputs/context") ? fixture.Tensor(session, "inputs/context", requiresGradient: true) : null;
        var labels = fixture.Has("inputs/y")
            ? session.FromValues<int>(Array.ConvertAll(fixture.ReadIntegers("inputs/y"), label => (int)label), new TensorShape(latent.Shape[0]))
            : null;
        var predicted = network.Forward(latent, fixture.Tensor(session, "inputs/timesteps"), context, labels);
        comparison.Add("outputs/eps", ImageOrder.ToFile(predicted));
        if (fixture.Has("inputs/cotangent"))
        {
            tape.Backward(predicted, fixture.Image(session, "inputs/cotangent"));
            comparison.Add("grads/inputs/x", ImageOrder.ToFile(tape.GradientOf(latent)));
            if (context is not null)
            {
                comparison.Add("grads/inputs/context", tape.GradientOf(context).ToArray());
            }

            AddWeightGradients(arena, comparison);
        }
    }

    public static void VqAutoencoder(FixtureFile fixture, Session session, FixtureComparison comparison)
    {
        var network = new VqAutoencoder(fixture.Configure<VqAutoencoderConfiguration>());
        using var arena = Load(network, fixture, session, withGradients: true);
        using var encoding = session.BeginTape();
        var image = fixture.Image(session, "inputs/x", requiresGradient: true);
        var latent = network.Encode(image);
        comparison.Add("outputs/pre_quant", ImageOrder.ToFile(latent));

        // Two tapes that meet at the latent, because its gradient is recorded too.
        Tensor latentGradient;
        using (var decoding = session.BeginTape())
        {
            var leaf = session.FromValues<float>(latent.ToArray(), latent.Shape, requiresGradient: true);
            var quantization = network.Quantize(leaf);
            var decoded = network.DecodeQuantized(quantization.Quantized);
            comparison.Add("outputs/quantized", ImageOrder.ToFile(quantization.Quantized));
            comparison.Add("outputs/indices", Array.ConvertAll(quantization.Indices.Int32.ToArray(), index => (float)index));
            comparison.Add("outputs/codebook_loss", [quantization.Loss.ToScalar()]);
            comparison.Add("outputs/decoded", ImageOrder.ToFile(decoded));
            var projected = Reductions.Sum(Arithmetic.Multiply(decoded, fixture.Image(session, "inputs/cotangent")));
            decoding.Backward(Arithmetic.Add(projected, quantization.Loss));
            latentGradient = decoding.Return(decoding.GradientOf(leaf));
            comparison.Add("grads/pre_quant", ImageOrder.ToFile(latentGradient));
        }

        encoding.Backward(latent, latentGradient);
        comparison.Add("grads/inputs/x", ImageOrder.ToFile(encoding.GradientOf(image)));
        AddWeightGradients(arena, comparison);
    }

    public static void KlAutoencoder(FixtureFile fixture, Session session, FixtureComparison comparison)
    {
        var network = new KlAutoencoder(fixture.Configure<KlAutoencoderConfiguration>());
        using var arena = Load(network, fixture, session, withGradients: true);
        using var tape = session.BeginTape();
        var image = fixture.Image(session, "inputs/x", requiresGradient: true);
        var distribution = network.Encode(image);
        var latent = distribution.Sample(fixture.Image(session, "inputs/noise"));
        var divergence = distribution.Divergence();
        var decoded = network.Decode(latent);
        comparison.Add("outputs/mean", ImageOrder.ToFile(distribution.Mean));
        comparison.Add("outputs/logvar", ImageOrder.ToFile(distribution.LogVariance));
        comparison.Add("outputs/z", ImageOrder.ToFile(latent));
        comparison.Add("outputs/kl", divergence.ToArray());
        comparison.Add("outputs/decoded", ImageOrder.ToFile(decoded));
        var projected = Reductions.Sum(Arithmetic.Multiply(decoded, fixture.Image(session, "inputs/cotangent")));
        tape.Backward(Arithmetic.ScaledAdd(projected, 1, Reductions.Sum(divergence), DivergenceWeight(fixture)));
        comparison.Add("grads/inputs/x", ImageOrder.ToFile(tape.GradientOf(image)));
        AddWeightGradients(arena, comparison);
    }

    /// <summary>The network's memory with the fixture's weights.</summary>
    public static ParameterArena Load(Module network, FixtureFile fixture, Session session, bool withGradients)
    {
        var arena = network.Materialize(session, withGradients);
        try
        {
            arena.LoadAll(fixture.File, "weights/");
            return arena;
        }
        catch
        {
            arena.Dispose();
            throw;
        }
    }

    private static void AddWeightGradients(ParameterArena arena, FixtureComparison comparison)
    {
        foreach (var parameter in arena.Parameters)
        {
            comparison.Add(
                "grads/weights/" + parameter.Name, ParameterLayouts.ToFile(parameter.Specification, parameter.Gradient.ToArray()));
        }
    }

    /// <summary>The factor of the divergence in the recorded loss.</summary>
    private static float DivergenceWeight(FixtureFile fixture)
    {
        var match = DivergenceTerm().Match(fixture.Loss);
        return match.Success
            ? float.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw fixture.Fault($"its loss '{fixture.Loss}' does not say how the divergence is weighed");
    }

    [GeneratedRegex(@"([0-9.eE+-]+)\s*\*\s*sum\(outputs/kl\)")]
    private static partial Regex DivergenceTerm();
}
