using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Tests.Pointwise;

[TestFixture]
public sealed class BroadcastPlanTests
{
    private static readonly Shape4[] Shapes =
    [
        Shape4.Scalar, Shape4.Of(7), Shape4.Of(3, 1), Shape4.Of(3, 7), Shape4.Of(2, 3, 7), Shape4.Of(2, 1, 7), Shape4.Of(2, 3, 1),
        Shape4.Of(5, 1, 3, 1), Shape4.Of(5, 2, 3, 7), Shape4.Of(1, 2, 1, 7), Shape4.Of(5, 1, 1, 1),
    ];

    [Test]
    public void Operands_of_one_shape_are_a_single_row()
    {
        var plan = new BroadcastPlan(Shape4.Of(5, 2, 3, 7), Shape4.Of(5, 2, 3, 7));
        Assert.That((plan.Rows, plan.Columns.Size), Is.EqualTo((1, 210)));
    }

    [Test]
    public void A_bias_is_repeated_for_every_row()
    {
        var plan = new BroadcastPlan(Shape4.Of(4, 5, 7), Shape4.Of(7));
        Assert.That((plan.Rows, plan.Columns.Size), Is.EqualTo((20, 7)));
        Assert.That(plan.Inner.Strides, Is.EqualTo(new BroadcastPlan.Strides(7, 7, 0, 0)));
    }

    [Test]
    public void A_mask_is_repeated_along_the_columns() =>
        Assert.That(new BroadcastPlan(Shape4.Of(4, 7), Shape4.Of(4, 1)).Columns.Strides, Is.EqualTo(new BroadcastPlan.Strides(1, 1, 0, 0)));

    [Test]
    public void A_scalar_and_a_scalar_are_one_contiguous_element()
    {
        var plan = new BroadcastPlan(Shape4.Scalar, Shape4.Scalar);
        Assert.That((plan.Rows, plan.Columns), Is.EqualTo((1, new BroadcastPlan.Axis(1, new BroadcastPlan.Strides(1, 1, 1, 1)))));
    }

    [Test]
    public void Every_element_of_the_output_is_met_once_with_its_operands(
        [ValueSource(nameof(Shapes))] Shape4 first, [ValueSource(nameof(Shapes))] Shape4 second)
    {
        var output = Shape4.Broadcast(first, second);
        var plan = new BroadcastPlan(first, second);
        var met = new List<int>();
        for (var row = 0; row < plan.Rows; row++)
        {
            for (var column = 0; column < plan.Columns.Size; column++)
            {
                var at = plan.Row(row) + plan.Columns.Strides.Times(column);
                met.Add(at.Output);
                Assert.That((at.First, at.Second), Is.EqualTo((IndexIn(first, output, at.Output), IndexIn(second, output, at.Output))));
            }
        }

        Assert.That(met, Is.EquivalentTo(Enumerable.Range(0, output.Elements)));
    }

    private static int IndexIn(Shape4 operand, Shape4 output, int element)
    {
        var (index, stride) = (0, 1);
        for (var dimension = 3; dimension >= 0; dimension--)
        {
            index += operand[dimension] == 1 ? 0 : element % output[dimension] * stride;
            element /= output[dimension];
            stride *= operand[dimension];
        }

        return index;
    }
}
