using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Tests.Tensors;

/// <summary>
/// Compares the tape's gradient with a derivative along a random direction. The kernels are checked element by element in
/// Kernels.Tests; here it is the wiring that is checked: which gradient goes where, with what factor.
/// </summary>
internal static class DirectionalDerivative
{
    /// <summary>Of the four-point difference in fp32: its truncation error is of order step⁴, its rounding error of 1e-7 / step.</summary>
    private const float Step = 0.02f;

    private const double Tolerance = 5e-3;

    /// <param name="session">Where to compute.</param>
    /// <param name="function">A smooth function of its inputs.</param>
    /// <param name="shapes">Shapes of the inputs, which are normal values.</param>
    public static void Check(Session session, Func<Tensor[], Tensor> function, params int[][] shapes)
    {
        var random = new Random(7);
        var values = shapes.Select(shape => Normal(random, new TensorShape(shape).Elements)).ToArray();
        var directions = shapes.Select(shape => Normal(random, new TensorShape(shape).Elements)).ToArray();
        float[]? weights = null;

        using var tape = session.BeginTape();
        var inputs = values.Select((value, i) => session.FromValues<float>(value, new TensorShape(shapes[i]), requiresGradient: true)).ToArray();
        var output = function(inputs);
        weights = Normal(random, output.Shape.Elements);
        tape.Backward(output, session.FromValues<float>(weights, output.Shape));
        for (var input = 0; input < inputs.Length; input++)
        {
            var gradient = tape.GradientOf(inputs[input]).ToArray();
            var expected = ((8 * (Value(input, Step) - Value(input, -Step))) - (Value(input, 2 * Step) - Value(input, -2 * Step))) / (12 * Step);
            var found = Dot(gradient, directions[input]);
            var scale = Math.Sqrt(Dot(gradient, gradient) * Dot(directions[input], directions[input]));
            Assert.That(found, Is.EqualTo(expected).Within((Tolerance * scale) + 1e-4), $"input {input} of shape {inputs[input].Shape}");
        }

        double Value(int moved, float step)
        {
            using var scope = session.BeginWithoutGradient();
            var at = values.Select((value, i) =>
            {
                var copy = (float[])value.Clone();
                for (var e = 0; i == moved && e < copy.Length; e++)
                {
                    copy[e] += step * directions[i][e];
                }

                return session.FromValues<float>(copy, new TensorShape(shapes[i]));
            }).ToArray();
            return Dot(function(at).ToArray(), weights!);
        }
    }

    private static float[] Normal(Random random, int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }

    private static double Dot(float[] left, float[] right)
    {
        var sum = 0.0;
        for (var i = 0; i < left.Length; i++)
        {
            sum += (double)left[i] * right[i];
        }

        return sum;
    }
}
