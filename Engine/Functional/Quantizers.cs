using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Quantization;

namespace KernelDiff.Engine.Functional;

/// <summary>What quantising a latent gives.</summary>
/// <param name="Quantized">The codewords, in the latent's shape; its gradient passes to the latent unchanged.</param>
/// <param name="Indices">int32 [batch, height, width].</param>
/// <param name="Loss">A scalar: commitment and codebook terms.</param>
public sealed record Quantization(Tensor Quantized, Tensor Indices, Tensor Loss);

/// <summary>Vector quantisation (van den Oord et al., 2017).</summary>
public static class Quantizers
{
    /// <summary>
    /// The nearest codeword of every vector, and commitmentWeight · mean((sg[q] - z)²) + codebookWeight · mean((q - sg[z])²).
    /// Saves latent and indices.
    /// </summary>
    /// <param name="latent">[..., channels].</param>
    /// <param name="codebook">[codewords, channels].</param>
    /// <param name="commitmentWeight">Weight of the term that pulls vectors to their codewords.</param>
    /// <param name="codebookWeight">Weight of the term that pulls codewords to their vectors.</param>
    public static Quantization Quantize(Tensor latent, Tensor codebook, float commitmentWeight, float codebookWeight)
    {
        ArgumentNullException.ThrowIfNull(latent);
        Operand.RequireRank(codebook, 2, nameof(codebook));
        var (rows, width, codewords) = (latent.Shape.ElementsBefore(-1), latent.Shape[-1], codebook.Shape[0]);
        var session = latent.Session;
        var indices = session.Empty<int>(new TensorShape(latent.Shape.ToArray().AsSpan(0, latent.Shape.Rank - 1)));
        var quantized = session.Result(latent.Shape, latent);
        QuantizationOperations.NearestCodeword.Launch(session.Device, new NearestCodewordArguments
        {
            Rows = rows,
            Codewords = codewords,
            Width = width,
            Vectors = latent.Single,
            Codebook = codebook.Single,
            Indices = indices.Int32,
            Quantized = quantized.Single,
        });
        session.Record(quantized, context => context.Accumulate(latent, context.Gradient));
        var loss = Loss(latent, codebook, quantized, indices, commitmentWeight, codebookWeight);
        return new Quantization(quantized, indices, loss);
    }

    private static Tensor Loss(
        Tensor latent, Tensor codebook, Tensor quantized, Tensor indices, float commitmentWeight, float codebookWeight)
    {
        var session = latent.Session;
        var loss = session.Result(new TensorShape(), latent, codebook);
        using (session.BeginWithoutGradient())
        {
            // Both terms have the same value; they differ in what is held constant.
            var mean = Reductions.Mean(Elementwise.Square(Arithmetic.Subtract(quantized, latent)));
            loss.Single.CopyFrom(Elementwise.Affine(mean, commitmentWeight + codebookWeight).Single);
        }

        session.Record(
            loss,
            context =>
            {
                var (rows, width, codewords) = (latent.Shape.ElementsBefore(-1), latent.Shape[-1], codebook.Shape[0]);
                var scale = 2 * context.Gradient.ToScalar() / (rows * (float)width);
                context.Write(latent, gradient =>
                {
                    gradient.Clear();
                    QuantizationOperations.StraightThroughBackward.Launch(context.Device, new StraightThroughBackwardArguments
                    {
                        Rows = rows,
                        Codewords = codewords,
                        Width = width,
                        Vectors = latent.Single,
                        Codebook = codebook.Single,
                        Indices = indices.Int32,
                        QuantizedGradient = gradient,
                        VectorGradient = gradient,
                        CommitmentScale = commitmentWeight * scale,
                    });
                });
                context.Write(codebook, (gradient, accumulate) =>
                    QuantizationOperations.CodebookGradient.Launch(context.Device, new CodebookGradientArguments
                    {
                        Rows = rows,
                        Codewords = codewords,
                        Width = width,
                        Vectors = latent.Single,
                        Codebook = codebook.Single,
                        Indices = indices.Int32,
                        CodebookGradient = gradient,
                        Scale = codebookWeight * scale,
                        Accumulate = accumulate,
                    }));
            },
            latent,
            codebook,
            indices);
        return loss;
    }
}
