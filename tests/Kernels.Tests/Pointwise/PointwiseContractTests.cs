using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Tests.Pointwise;

/// <summary>What the contracts promise beyond values: outputs in the place of operands, and messages that name the operand.</summary>
[TestFixture("cpu")]
[TestFixture("opencl")]
public sealed class PointwiseContractTests(string kind)
{
    private static readonly float[] Values = [.. Enumerable.Range(0, 200).Select(i => (i - 100) / 16f)];

    private Device device = null!;

    [OneTimeSetUp]
    public void OpenDevice() =>
        device = kind == "cpu" ? new CpuDevice(new DeviceOptions { Threads = 2 }) : DeviceCatalog.Open(TestEnvironment.RequirePocl());

    [OneTimeTearDown]
    public void CloseDevice() => device?.Dispose();

    [Test]
    public void A_unary_function_may_write_over_its_input()
    {
        using var apart = Copy(Values);
        using var inPlace = Copy(Values);
        using var output = device.Rent<float>(Values.Length);
        PointwiseOperations.Silu.Launch(device, new UnaryArguments { Input = apart.Span, Output = output.Span });
        PointwiseOperations.Silu.Launch(device, new UnaryArguments { Input = inPlace.Span, Output = inPlace.Span });
        Assert.That(inPlace.Span.ToArray(), Is.EqualTo(output.Span.ToArray()));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_product_may_write_over_the_operand_of_its_shape(bool left)
    {
        using var whole = Copy(Values);
        using var row = Copy(Values[..8]);
        PointwiseOperations.Multiply.Launch(device, new BinaryArguments
        {
            Left = left ? whole.Span : row.Span,
            Right = left ? row.Span : whole.Span,
            LeftShape = left ? Shape4.Of(25, 8) : Shape4.Of(8),
            RightShape = left ? Shape4.Of(8) : Shape4.Of(25, 8),
            Output = whole.Span,
        });
        Assert.That(whole.Span.ToArray(), Is.EqualTo(Values.Select((value, i) => value * Values[i % 8])));
    }

    [Test]
    public void A_missing_operand_is_named() => Refused(
        Product(Values.Length) with { Right = default }, "'right' is missing; 8 elements");

    [Test]
    public void An_operand_of_another_length_is_named_with_both_lengths() => Refused(
        Product(Values.Length - 1), "'output' has 199 elements; its shape needs 200");

    [Test]
    public void Shapes_that_cannot_be_broadcast_are_named() => Refused(
        Product(Values.Length) with { LeftShape = Shape4.Of(20, 10) }, "cannot be broadcast");

    [Test]
    public void A_slope_that_is_not_finite_is_named()
    {
        var values = device.Allocate<float>(Values.Length);
        Assert.That(
            () => PointwiseOperations.LeakyRelu.Launch(
                device, new LeakyReluArguments { Input = values, Output = values, NegativeSlope = float.NaN }),
            Throws.ArgumentException.With.Message.Contains("'negativeSlope' is NaN"));
    }

    private BinaryArguments Product(int outputLength) => new()
    {
        Left = device.Allocate<float>(Values.Length),
        Right = device.Allocate<float>(8),
        Output = device.Allocate<float>(outputLength),
        LeftShape = Shape4.Of(25, 8),
        RightShape = Shape4.Of(8),
    };

    private void Refused(BinaryArguments arguments, string message) => Assert.That(
        () => PointwiseOperations.Multiply.Launch(device, arguments), Throws.ArgumentException.With.Message.Contains(message));

    private Workspace<float> Copy(float[] values)
    {
        var copy = device.Rent<float>(values.Length);
        copy.Span.CopyFrom(values);
        return copy;
    }
}
