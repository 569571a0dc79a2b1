using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Engine.Tests.Tensors;

[TestFixture]
public sealed class TapeTests
{
    private CpuDevice device = null!;
    private Session session = null!;

    [SetUp]
    public void Open()
    {
        device = new CpuDevice(new DeviceOptions { Memory = MemoryMode.Guarded });
        session = new Session(device);
    }

    [TearDown]
    public void Close()
    {
        session.Dispose();
        device.Dispose();
    }

    [Test]
    public void A_tensor_that_is_used_three_times_gets_the_sum_of_three_gradients()
    {
        using var tape = session.BeginTape();
        var x = Leaf(3);
        tape.Backward(Arithmetic.Add(Arithmetic.Multiply(x, x), x));
        Assert.That(tape.GradientOf(x).ToScalar(), Is.EqualTo(7));
    }

    [Test]
    public void A_gradient_that_two_tensors_share_is_not_changed_by_what_one_of_them_adds()
    {
        using var tape = session.BeginTape();
        var (a, b) = (Leaf(2), Leaf(5));

        // Both get the same gradient memory from the sum, then a gets more from its square.
        var square = Elementwise.Square(a);
        tape.Backward(Arithmetic.Add(Arithmetic.Add(a, b), square));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tape.GradientOf(a).ToScalar(), Is.EqualTo(5));
            Assert.That(tape.GradientOf(b).ToScalar(), Is.EqualTo(1));
        }
    }

    [Test]
    public void A_detached_tensor_stops_the_gradient()
    {
        using var tape = session.BeginTape();
        var x = Leaf(3);
        tape.Backward(Arithmetic.Multiply(x, Structure.Detach(x)));
        Assert.That(tape.GradientOf(x).ToScalar(), Is.EqualTo(3));
    }

    [Test]
    public void A_tape_chains_to_another_at_a_leaf()
    {
        using var first = session.BeginTape();
        var x = Leaf(3);
        var image = Elementwise.Square(x);
        float[] cotangent;
        using (var second = session.BeginTape())
        {
            var leaf = session.FromValues<float>(image.ToArray(), image.Shape, requiresGradient: true);
            second.Backward(Elementwise.Affine(leaf, 10));
            cotangent = second.GradientOf(leaf).ToArray();
        }

        first.Backward(image, session.FromValues<float>(cotangent, image.Shape));
        Assert.That(first.GradientOf(x).ToScalar(), Is.EqualTo(60));
    }

    [Test]
    public void A_tape_runs_only_once()
    {
        using var tape = session.BeginTape();
        var y = Elementwise.Square(Leaf(3));
        tape.Backward(y);
        Assert.That(() => tape.Backward(y), Throws.InvalidOperationException.With.Message.Contains("once"));
    }

    [Test]
    public void An_output_that_depends_on_nothing_trained_is_refused()
    {
        using var tape = session.BeginTape();
        var constant = session.FromValues<float>([1], new TensorShape(1));
        Assert.That(() => tape.Backward(Elementwise.Square(constant)), Throws.InvalidOperationException);
    }

    [Test]
    public void Nothing_is_recorded_without_a_tape()
    {
        using var scope = session.BeginScope();
        Assert.That(Elementwise.Square(Leaf(3)).RequiresGradient, Is.False);
    }

    [Test]
    public void A_scope_frees_everything_but_what_it_returns()
    {
        var kept = session.Scoped(() => Elementwise.Square(Elementwise.Exp(Leaf(0))));
        Assert.That(kept.ToScalar(), Is.EqualTo(1));
        Assert.That(device.Pool.LiveBuffers, Is.EqualTo(1));
    }

    [Test]
    public void A_tensor_used_after_its_scope_is_an_error_that_says_so()
    {
        Tensor lost;
        using (session.BeginScope())
        {
            lost = Leaf(1);
        }

        Assert.That(() => Elementwise.Square(lost), Throws.InvalidOperationException.With.Message.Contains("scope has ended"));
    }

    [Test]
    public void What_backward_needs_outlives_the_scope_of_a_block_and_is_freed_once_used()
    {
        using var tape = session.BeginTape();
        var x = session.FromValues<float>(new float[1000], new TensorShape(1000), requiresGradient: true);
        var y = session.Scoped(() => Elementwise.Silu(Elementwise.Silu(x)));

        // x, the hidden activation that backward needs, and the result.
        Assert.That(device.Pool.LiveBytes, Is.EqualTo(3 * 4000));
        tape.Backward(Reductions.Sum(y));
        Assert.That(device.Pool.LiveBytes, Is.EqualTo((3 * 4000) + 4), "x, its gradient, the result and the scalar");
    }

    [Test]
    public void A_tape_that_never_runs_backwards_returns_what_it_saved()
    {
        using (session.BeginTape())
        {
            _ = session.Scoped(() => Elementwise.Silu(Elementwise.Silu(Leaf(1))));
        }

        Assert.That(device.Pool.LiveBuffers, Is.Zero);
    }

    [Test]
    public void Parameter_gradients_add_up_over_passes_until_they_are_cleared()
    {
        var layer = new Linear(1, 1, new LinearOptions { HasBias = false });
        using var arena = layer.Materialize(session, withGradients: true);
        for (var pass = 0; pass < 2; pass++)
        {
            using var tape = session.BeginTape();
            tape.Backward(layer.Forward(session.FromValues<float>([3], new TensorShape(1, 1))));
        }

        Assert.That(arena.Gradients.ToArray()[0], Is.EqualTo(6));
        arena.ClearGradients();
        Assert.That(arena.Gradients.ToArray(), Is.All.Zero);
    }

    [Test]
    public void An_arena_without_gradients_records_nothing()
    {
        var layer = new Linear(1, 1);
        using var arena = layer.Materialize(session, withGradients: false);
        using var tape = session.BeginTape();
        Assert.That(layer.Forward(session.FromValues<float>([3], new TensorShape(1, 1))).RequiresGradient, Is.False);
    }

    [Test]
    public void Checkpointing_gives_the_same_bits_with_less_memory()
    {
        var (plain, plainPeak) = Run(block => block);
        var (checkpointed, checkpointedPeak) = Run(block => x => Checkpointing.Run(inputs => block(inputs[0]), x));
        Assert.That(checkpointed, Is.EqualTo(plain));
        Assert.That(checkpointedPeak, Is.LessThan(plainPeak * 0.6));

        (float[] Gradient, long Peak) Run(Func<Func<Tensor, Tensor>, Func<Tensor, Tensor>> wrap)
        {
            device.Pool.ResetPeak();
            var before = device.Pool.LiveBytes;
            using var tape = session.BeginTape();
            var x = session.FromValues<float>([.. Enumerable.Range(0, 1000).Select(i => i * 0.001f)], new TensorShape(1000), true);
            var y = x;
            for (var i = 0; i < 8; i++)
            {
                y = wrap(z => session.Scoped(() => Elementwise.Silu(Elementwise.Tanh(Elementwise.Silu(Elementwise.Gelu(z))))))(y);
            }

            tape.Backward(Reductions.Sum(y));
            return (tape.GradientOf(x).ToArray(), device.Pool.PeakBytes - before);
        }
    }

    private Tensor Leaf(float value) => session.FromValues<float>([value], new TensorShape(1), requiresGradient: true);
}
