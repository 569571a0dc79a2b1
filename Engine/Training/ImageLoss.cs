using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Training;

/// <summary>A loss of reconstructed images with its gradient, on a tape of its own that ends at the image.</summary>
/// <param name="Value">The loss.</param>
/// <param name="Gradient">d loss / d image, of the image's shape.</param>
internal sealed record ImageLoss(Tensor Value, Tensor Gradient)
{
    /// <summary>Runs a loss and goes back to the image; parameters on the way gather their gradients as well.</summary>
    /// <param name="image">[batch, height, width, 3]; its own tape is not touched.</param>
    /// <param name="loss">Image to scalar.</param>
    public static ImageLoss Of(Tensor image, Func<Tensor, Tensor> loss)
    {
        using var tape = image.Session.BeginTape();
        var leaf = image.View(image.Shape, 0, requiresGradient: true);
        var value = loss(leaf);
        tape.Backward(value);
        return new ImageLoss(tape.Return(Structure.Detach(value)), tape.Return(tape.GradientOf(leaf)));
    }
}
