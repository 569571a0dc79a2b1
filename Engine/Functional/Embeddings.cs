using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Embedding;

namespace KernelDiff.Engine.Functional;

/// <summary>Vectors for indices and for timesteps.</summary>
public static class Embeddings
{
    /// <summary>Rows of a table by index. Saves the indices.</summary>
    /// <param name="indices">int32, any shape; an index outside the table gives zeros.</param>
    /// <param name="table">[entries, width].</param>
    /// <returns>[..., width].</returns>
    public static Tensor Lookup(Tensor indices, Tensor table)
    {
        ArgumentNullException.ThrowIfNull(indices);
        Operand.RequireRank(table, 2, nameof(table));
        var (rows, entries, width) = (indices.Shape.Elements, table.Shape[0], table.Shape[1]);
        var session = table.Session;
        var output = session.Result(new TensorShape([.. indices.Shape, width]), table);
        EmbeddingOperations.Embedding.Launch(session.Device, new EmbeddingArguments
        {
            Rows = rows,
            Entries = entries,
            Width = width,
            Indices = indices.Int32,
            Table = table.Single,
            Output = output.Single,
        });
        session.Record(
            output,
            context => context.Write(table, (gradient, accumulate) => EmbeddingOperations.EmbeddingBackward.Launch(context.Device, new EmbeddingBackwardArguments
            {
                Rows = rows,
                Entries = entries,
                Width = width,
                Indices = indices.Int32,
                OutputGradient = context.Gradient.Single,
                TableGradient = gradient,
                Accumulate = accumulate,
            })),
            indices);
        return output;
    }

    /// <summary>Sinusoidal embedding of integer or fractional timesteps, cosines first. Has no gradient.</summary>
    /// <param name="timesteps">[batch].</param>
    /// <param name="width">Channels of the result.</param>
    /// <returns>[batch, width].</returns>
    public static Tensor Timesteps(Tensor timesteps, int width)
    {
        Operand.RequireRank(timesteps, 1, nameof(timesteps));
        var output = timesteps.Session.Empty(new TensorShape(timesteps.Shape[0], width));
        EmbeddingOperations.TimestepEmbedding.Launch(timesteps.Device, new TimestepEmbeddingArguments
        {
            Rows = timesteps.Shape[0],
            Width = width,
            Timesteps = timesteps.Single,
            Output = output.Single,
        });
        return output;
    }
}
