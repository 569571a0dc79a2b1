using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Diffusion;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Tests.Training;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tests.Conditioning;

public class ConditionedUNetTests
{
    private const int MaskSize = 16;

    private Device device;
    private Session session;

    [SetUp]
    public void Open()
    {
        device = DeviceCatalog.Open("cpu");
        session = new Session(device);
    }

    [TearDown]
    public void Close()
    {
        session.Dispose();
        device.Dispose();
    }

    [TestCase("tokens", "class-tokens", 0, 40 + 19)]
    [TestCase("vector", "patch-tokens", 0, 1 + 16)]
    [TestCase("off", "pooled", 0, 1)]
    [TestCase("tokens", "off", 2, 40)]
    [TestCase("off", "off", 2, 0)]
    public void Every_form_of_the_conditions_makes_its_tokens_and_changes_the_result(string attributes, string mask, int concat, int tokens)
    {
        using var model = new Model(session, attributes, mask, concat);
        Assert.That(model.Network.Tokens, Is.EqualTo(tokens));
        var none = model.Predict(new ConditionBatch(1, MaskSize));
        Assert.That(model.Predict(With(mask: 1)), mask == "off" && concat == 0 ? Is.EqualTo(none) : Is.Not.EqualTo(none), "mask");
        Assert.That(model.Predict(With(attribute: 3)), attributes == "off" ? Is.EqualTo(none) : Is.Not.EqualTo(none), "attributes");
    }

    [TestCase("tokens", "class-tokens", 0)]
    [TestCase("tokens", "patch-tokens", 2)]
    public void A_mask_tells_where_and_what_its_classes_are(string attributes, string mask, int concat)
    {
        using var model = new Model(session, attributes, mask, concat);
        var predictions = new[] { With(mask: 1), With(mask: 2), With(mask: 1, shift: 1) }.Select(model.Predict).ToArray();
        Assert.That(predictions[1], Is.Not.EqualTo(predictions[0]), "another class");
        Assert.That(predictions[2], Is.Not.EqualTo(predictions[0]), "the same shape elsewhere");
    }

    [Test]
    public void The_three_states_of_an_attribute_and_its_absence_differ()
    {
        using var model = new Model(session, "tokens", "off", 0);
        var states = new[] { AttributeState.No, AttributeState.Yes, AttributeState.Unspecified };
        var predictions = states.Select(state => model.Predict(With(attribute: 3, state: state)))
            .Append(model.Predict(new ConditionBatch(1, MaskSize)))
            .ToArray();
        for (var i = 0; i < predictions.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                Assert.That(predictions[i], Is.Not.EqualTo(predictions[j]), $"{i} and {j}");
            }
        }
    }

    [Test]
    public void An_image_does_not_depend_on_its_batch()
    {
        using var model = new Model(session, "tokens", "patch-tokens", 2);
        var alone = model.Predict(With(mask: 2, attribute: 5));
        var together = model.Predict(ConditionBatch.Join(With(mask: 1), With(mask: 2, attribute: 5), new ConditionBatch(1, MaskSize)));
        Assert.That(together.AsSpan(alone.Length, alone.Length).ToArray(), Is.EqualTo(alone));
    }

    // e(-,-) + s_mask [e(mask,-) - e(-,-)] + s_attributes [e(mask,attributes) - e(mask,-)], from three plain evaluations.
    [TestCase(3f, 2f, true, true, 3)]
    [TestCase(2f, 2f, true, true, 2)]
    [TestCase(1f, 1f, true, true, 1)]
    [TestCase(3f, 1f, true, true, 2)]
    [TestCase(1f, 3f, true, true, 3)]
    [TestCase(0f, 0f, true, true, 1)]
    [TestCase(3f, 2f, true, false, 2)]
    [TestCase(3f, 2f, false, true, 2)]
    [TestCase(3f, 1f, false, true, 1)]
    [TestCase(3f, 2f, false, false, 1)]
    public void Guidance_combines_the_evaluations_of_its_formula_and_makes_no_more_than_it_needs(
        float attributeScale, float maskScale, bool hasAttributes, bool hasMask, int evaluations)
    {
        using var model = new Model(session, "tokens", "patch-tokens", 2);
        var conditions = With(mask: hasMask ? 1 : null, attribute: hasAttributes ? 5 : null);
        var guidance = new FaceGuidance(attributeScale, maskScale);
        Assert.That(guidance.Terms(conditions), Has.Count.EqualTo(evaluations));

        var (none, mask, both) = (
            model.Predict(conditions.Keep(false, false)), model.Predict(conditions.Keep(false, true)), model.Predict(conditions));
        var expected = none.Select((e, i) => e + (maskScale * (mask[i] - e)) + (attributeScale * (both[i] - mask[i])));
        var guided = guidance.Predictor(session, model.Network, conditions)(model.Latent(1), Model.Timestep).ToArray();

        // Rounding of a sum of three terms of order one, with factors up to three.
        Assert.That(guided, Is.EqualTo(expected).Within(2e-5f));
    }

    private static ConditionBatch With(int? mask = null, int? attribute = null, AttributeState state = AttributeState.Yes, int shift = 0)
    {
        var conditions = new ConditionBatch(1, MaskSize);
        if (mask is { } label)
        {
            var labels = new byte[MaskSize * MaskSize];
            labels.AsSpan((5 + shift) * MaskSize, 3 * MaskSize).Fill((byte)label);
            conditions.SetMask(0, labels);
        }

        if (attribute is { } index)
        {
            var states = new AttributeState[FaceAttributes.Count];
            states.AsSpan().Fill(AttributeState.Unspecified);
            states[index] = state;
            conditions.SetAttributes(0, states);
        }

        return conditions;
    }

    private sealed class Model : IDisposable
    {
        public const double Timestep = 300;

        private readonly Session session;
        private readonly ParameterArena arena;
        private readonly int latentSize;

        public Model(Session session, string attributes, string mask, int concat)
        {
            this.session = session;
            var configuration = TinyTraining.Model(attributes: attributes, mask: mask, concat: concat);
            latentSize = configuration.LatentSize;
            Network = new ConditionedUNet(configuration);
            arena = Network.Materialize(session, withGradients: false);
            arena.Initialize(3);

            // The last layers of every block start at zero, which would hide the conditions.
            foreach (var parameter in arena.Parameters.Where(parameter => parameter.ToArray().All(value => value == 0)))
            {
                var values = new float[parameter.Shape.Elements];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = 0.1f * MathF.Sin(i + 1);
                }

                parameter.Single.CopyFrom(values);
            }
        }

        public ConditionedUNet Network { get; }

        public Tensor Latent(int batch)
        {
            var one = latentSize * latentSize * 3;
            var values = new float[batch * one];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = MathF.Sin(0.37f * (i % one));
            }

            return session.FromValues<float>(values, new TensorShape(batch, latentSize, latentSize, 3));
        }

        public float[] Predict(ConditionBatch conditions)
        {
            using var scope = session.BeginWithoutGradient();
            return Network.Forward(
                Latent(conditions.Count), Guidance.Timesteps(session, conditions.Count, Timestep), Network.Encode(session, conditions)).ToArray();
        }

        public void Dispose() => arena.Dispose();
    }
}
