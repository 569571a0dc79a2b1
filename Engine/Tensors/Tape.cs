namespace KernelDiff.Engine.Tensors;

/// <summary>
/// A scope that records operations whose inputs need gradients, and runs them backwards. What a recorded operation saved is let go as
/// soon as its backward has run.
/// </summary>
public sealed class Tape : Scope
{
    private readonly List<TapeNode> nodes = [];
    private readonly Dictionary<Tensor, Tensor> gradients = new(ReferenceEqualityComparer.Instance);
    private bool hasRun;

    internal Tape(Session session, Scope parent)
        : base(session, parent, isRecording: false)
    {
        Tape = this;
    }

    /// <summary>
    /// Adds d sum(cotangent * output) / d leaf to the gradient of every parameter, and to that of every leaf tensor that requires one
    /// (<see cref="GradientOf"/>). A tape runs once.
    /// </summary>
    /// <param name="output">A tensor recorded on this tape.</param>
    /// <param name="cotangent">Of the output's shape; null for ones, which makes the output a loss.</param>
    /// <exception cref="InvalidOperationException">The tape has run before, or the output does not depend on anything that requires a gradient.</exception>
    public void Backward(Tensor output, Tensor? cotangent = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (hasRun)
        {
            throw new InvalidOperationException("A tape runs backwards once: what it had saved is gone. Record again.");
        }

        if (!output.RequiresGradient)
        {
            throw new InvalidOperationException("The output depends on nothing that requires a gradient.");
        }

        if (cotangent is not null && cotangent.Shape != output.Shape)
        {
            throw new ArgumentException($"The cotangent has shape {cotangent.Shape}, the output {output.Shape}.", nameof(cotangent));
        }

        hasRun = true;
        using var scope = Session.BeginWithoutGradient();
        Keep(output, cotangent ?? Ones(output.Shape));
        for (var i = nodes.Count - 1; i >= 0; i--)
        {
            Run(nodes[i]);
        }

        nodes.Clear();
    }

    /// <summary>The gradient of a leaf tensor (not of a parameter, which has its own) after <see cref="Backward"/>.</summary>
    /// <exception cref="InvalidOperationException">The output did not depend on the tensor, or it does not require a gradient.</exception>
    public Tensor GradientOf(Tensor leaf)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        return TryGradientOf(leaf)
            ?? throw new InvalidOperationException($"There is no gradient for the tensor of shape {leaf.Shape}: nothing depends on it.");
    }

    /// <summary>As <see cref="GradientOf"/>, null where there is none.</summary>
    internal Tensor? TryGradientOf(Tensor leaf) => gradients.GetValueOrDefault(leaf);

    internal void Record(TapeNode node)
    {
        node.Retain();
        nodes.Add(node);
    }

    /// <summary>Adds a contribution to the gradient of a tensor.</summary>
    /// <param name="tensor">An input of the operation that runs backwards.</param>
    /// <param name="contribution">Of the tensor's shape; may be shared with other tensors.</param>
    internal void Accumulate(Tensor tensor, Tensor contribution)
    {
        if (!tensor.RequiresGradient)
        {
            return;
        }

        if (tensor is Parameter parameter)
        {
            GradientArithmetic.AddTo(parameter.Gradient, contribution.Single);
        }
        else if (!gradients.TryGetValue(tensor, out var sum))
        {
            Keep(tensor, contribution);
        }
        else if (sum.Storage.IsShared)
        {
            Drop(tensor);
            Keep(tensor, GradientArithmetic.Add(sum, contribution));
        }
        else
        {
            GradientArithmetic.AddTo(sum.Single, contribution.Single);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var node in nodes)
            {
                node.Release();
            }

            nodes.Clear();
            foreach (var gradient in gradients.Values)
            {
                gradient.Storage.Release();
            }

            gradients.Clear();
        }

        base.Dispose(disposing);
    }

    private void Run(TapeNode node)
    {
        if (gradients.TryGetValue(node.Output, out var gradient))
        {
            using var scope = Session.BeginWithoutGradient();
            node.Backward(new BackwardContext(this, gradient));
            Drop(node.Output);
        }

        node.Release();
    }

    private Tensor Ones(TensorShape shape)
    {
        var ones = new float[shape.Elements];
        ones.AsSpan().Fill(1);
        return Session.FromValues<float>(ones, shape);
    }

    private void Keep(Tensor tensor, Tensor gradient)
    {
        gradient.Storage.Retain();
        gradients[tensor] = gradient;
    }

    private void Drop(Tensor tensor)
    {
        gradients.Remove(tensor, out var gradient);
        gradient!.Storage.Release();
    }
}
