using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Tests.Pointwise;

[TestFixture]
public sealed class Shape4Tests
{
    [Test]
    public void Given_sizes_are_the_last_dimensions() => Assert.That(Shape4.Of(5, 7), Is.EqualTo(new Shape4(1, 1, 5, 7)));

    [Test]
    public void No_sizes_are_a_scalar() => Assert.That(Shape4.Of(), Is.EqualTo(Shape4.Scalar));

    [Test]
    public void More_than_four_sizes_are_refused() => Assert.That(
        () => Shape4.Of(1, 2, 3, 4, 5), Throws.ArgumentException.With.Message.Contains("at most 4 dimensions, not 5"));

    [Test]
    public void A_dimension_of_one_is_repeated_in_either_operand() => Assert.That(
        Shape4.Broadcast(Shape4.Of(2, 1, 3, 1), Shape4.Of(1, 5, 1, 7)), Is.EqualTo(new Shape4(2, 5, 3, 7)));

    [Test]
    public void An_empty_dimension_wins_over_one() => Assert.That(
        Shape4.Broadcast(Shape4.Of(0, 3), Shape4.Of(1, 3)).Elements, Is.Zero);

    [Test]
    public void Dimensions_that_differ_are_refused_by_their_number() => Assert.That(
        () => Shape4.Broadcast(Shape4.Of(2, 3), Shape4.Of(4, 3)),
        Throws.ArgumentException.With.Message.Contains("1x1x2x3 and 1x1x4x3 differ in dimension 2"));

    [Test]
    public void More_elements_than_an_index_can_count_are_refused() =>
        Assert.That(() => new Shape4(1, 65536, 65536, 1).Elements, Throws.ArgumentException);
}
