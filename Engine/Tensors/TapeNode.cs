using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tensors;

/// <summary>A recorded operation: what it made, what it saved for backward, and how its inputs' gradients follow.</summary>
internal sealed class TapeNode(Tensor output, Action<BackwardContext> backward, Tensor?[] saved)
{
    public Tensor Output { get; } = output;

    public Action<BackwardContext> Backward { get; } = backward;

    public void Retain()
    {
        foreach (var tensor in saved)
        {
            tensor?.Storage.Retain();
        }
    }

    public void Release()
    {
        foreach (var tensor in saved)
        {
            tensor?.Storage.Release();
        }
    }
}

/// <summary>What the backward of an operation works with.</summary>
internal readonly struct BackwardContext(Tape tape, Tensor gradient)
{
    /// <summary>The gradient of the operation's output. May be shared: never written.</summary>
    public Tensor Gradient { get; } = gradient;

    public Session Session => tape.Session;

    public Device Device => tape.Session.Device;

    /// <summary>Adds a contribution to an input's gradient; does nothing for inputs that require none.</summary>
    public void Accumulate(Tensor input, Tensor contribution) => tape.Accumulate(input, contribution);

    /// <summary>
    /// Lets an operation that can add to its destination write a gradient. A parameter's gradient is added to in place; any other
    /// tensor gets fresh memory that is then accumulated.
    /// </summary>
    /// <param name="input">Null or without need of a gradient: nothing is launched.</param>
    /// <param name="launch">Destination, and whether to add to it.</param>
    public void Write(Tensor? input, Action<DeviceSpan<float>, bool> launch)
    {
        if (input is null || !input.RequiresGradient)
        {
            return;
        }

        if (input is Parameter parameter)
        {
            launch(parameter.Gradient, true);
            return;
        }

        var contribution = Session.Empty(input.Shape);
        launch(contribution.Single, false);
        tape.Accumulate(input, contribution);
    }

    /// <summary>As <see cref="Write(Tensor?, Action{DeviceSpan{float}, bool})"/>, for operations that only overwrite.</summary>
    public void Write(Tensor? input, Action<DeviceSpan<float>> launch)
    {
        if (input is null || !input.RequiresGradient)
        {
            return;
        }

        var contribution = Session.Empty(input.Shape);
        launch(contribution.Single);
        tape.Accumulate(input, contribution);
    }
}
