using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Attention;

namespace KernelDiff.Engine.Functional;

/// <summary>How queries, keys and values lie in one projection [batch, tokens, 3 · channels].</summary>
public enum QkvOrder
{
    /// <summary>Queries of all heads, then keys, then values.</summary>
    ByKind,

    /// <summary>Every head with its own queries, keys and values: latent diffusion's default ("legacy").</summary>
    ByHead,
}

/// <summary>Multi-head attention. Saves its inputs, the output and the log-sum-exp.</summary>
public static class Attentions
{
    /// <summary>softmax(scale · q · kᵀ) · v of every head.</summary>
    /// <param name="query">[batch, queries, heads · width].</param>
    /// <param name="key">[batch, keys, heads · width].</param>
    /// <param name="value">[batch, keys, heads · width].</param>
    /// <param name="heads">Divides the channels.</param>
    /// <returns>[batch, queries, heads · width].</returns>
    /// <exception cref="ArgumentException">Shapes do not fit together.</exception>
    public static Tensor Attention(Tensor query, Tensor key, Tensor value, int heads)
    {
        Operand.RequireRank(query, 3, nameof(query));
        Operand.RequireRank(key, 3, nameof(key));
        Operand.RequireShape(key, new TensorShape(query.Shape[0], key.Shape[1], query.Shape[2]), nameof(key));
        Operand.RequireShape(value, key.Shape, nameof(value));
        RequireHeads(query.Shape[2], heads);
        var sizes = new Sizes(query.Shape[0], query.Shape[1], key.Shape[1], heads, query.Shape[2] / heads);
        var queries = AttentionLayout.Dense(sizes.Queries, heads, sizes.HeadWidth);
        var keys = AttentionLayout.Dense(sizes.Keys, heads, sizes.HeadWidth);
        var session = query.Session;
        var output = session.Result(query.Shape, query, key, value);
        var logSumExp = output.RequiresGradient ? session.Empty(new TensorShape(sizes.Batch, heads, sizes.Queries)) : null;
        Forward(session.Device, sizes, query.Single, key.Single, value.Single, output.Single, logSumExp, queries, keys, keys);
        session.Record(
            output,
            context =>
            {
                // The operation writes all three gradients; of those nobody needs, the memory is simply dropped.
                var (dq, dk, dv) = (context.Session.Empty(query.Shape), context.Session.Empty(key.Shape), context.Session.Empty(value.Shape));
                Backward(
                    context, sizes, query.Single, key.Single, value.Single, output.Single, logSumExp!, dq.Single, dk.Single, dv.Single, queries, keys, keys);
                context.Accumulate(query, dq);
                context.Accumulate(key, dk);
                context.Accumulate(value, dv);
            },
            query,
            key,
            value,
            output,
            logSumExp);
        return output;
    }

    /// <summary>Self attention of one fused projection, without copies.</summary>
    /// <param name="qkv">[batch, tokens, 3 · heads · width].</param>
    /// <param name="heads">Divides the channels.</param>
    /// <param name="order">How queries, keys and values lie in it.</param>
    /// <returns>[batch, tokens, heads · width].</returns>
    /// <exception cref="ArgumentException">Shapes do not fit together.</exception>
    public static Tensor SelfAttention(Tensor qkv, int heads, QkvOrder order)
    {
        Operand.RequireRank(qkv, 3, nameof(qkv));
        if (qkv.Shape[2] % 3 != 0)
        {
            throw new ArgumentException($"A projection of shape {qkv.Shape} does not split into queries, keys and values.", nameof(qkv));
        }

        var channels = qkv.Shape[2] / 3;
        RequireHeads(channels, heads);
        var sizes = new Sizes(qkv.Shape[0], qkv.Shape[1], qkv.Shape[1], heads, channels / heads);
        var (layout, step) = order == QkvOrder.ByKind
            ? (AttentionLayout.Fused(sizes.Queries, heads, sizes.HeadWidth), channels)
            : (AttentionLayout.FusedByHead(sizes.Queries, heads, sizes.HeadWidth), sizes.HeadWidth);
        var session = qkv.Session;
        var output = session.Result(qkv.Shape.With(2, channels), qkv);
        var logSumExp = output.RequiresGradient ? session.Empty(new TensorShape(sizes.Batch, heads, sizes.Queries)) : null;
        Forward(session.Device, sizes, From(qkv, 0), From(qkv, step), From(qkv, 2 * step), output.Single, logSumExp, layout, layout, layout);
        session.Record(
            output,
            context => context.Write(qkv, gradient => Backward(
                context,
                sizes,
                From(qkv, 0),
                From(qkv, step),
                From(qkv, 2 * step),
                output.Single,
                logSumExp!,
                gradient,
                gradient.Slice(step, gradient.Length - step),
                gradient.Slice(2 * step, gradient.Length - (2 * step)),
                layout,
                layout,
                layout)),
            qkv,
            output,
            logSumExp);
        return output;

        static DeviceSpan<float> From(Tensor tensor, int offset) => tensor.Single.Slice(offset, tensor.Shape.Elements - offset);
    }

    private static void Forward(
        Device device,
        Sizes sizes,
        DeviceSpan<float> query,
        DeviceSpan<float> key,
        DeviceSpan<float> value,
        DeviceSpan<float> output,
        Tensor? logSumExp,
        AttentionLayout queryLayout,
        AttentionLayout keyLayout,
        AttentionLayout valueLayout) => AttentionOperations.Attention.Launch(device, new AttentionArguments
        {
            Query = query,
            Key = key,
            Value = value,
            Output = output,
            LogSumExp = logSumExp?.Single ?? default,
            QueryLayout = queryLayout,
            KeyLayout = keyLayout,
            ValueLayout = valueLayout,
            OutputLayout = AttentionLayout.Dense(sizes.Queries, sizes.Heads, sizes.HeadWidth),
            Batch = sizes.Batch,
            Heads = sizes.Heads,
            Queries = sizes.Queries,
            Keys = sizes.Keys,
            HeadWidth = sizes.HeadWidth,
            Scale = sizes.Scale,
        });

    private static void Backward(
        BackwardContext context,
        Sizes sizes,
        DeviceSpan<float> query,
        DeviceSpan<float> key,
        DeviceSpan<float> value,
        DeviceSpan<float> output,
        Tensor logSumExp,
        DeviceSpan<float> queryGradient,
        DeviceSpan<float> keyGradient,
        DeviceSpan<float> valueGradient,
        AttentionLayout queryLayout,
        AttentionLayout keyLayout,
        AttentionLayout valueLayout) => AttentionOperations.AttentionBackward.Launch(context.Device, new AttentionBackwardArguments
        {
            Query = query,
            Key = key,
            Value = value,
            Output = output,
            LogSumExp = logSumExp.Single,
            OutputGradient = context.Gradient.Single,
            QueryGradient = queryGradient,
            KeyGradient = keyGradient,
            ValueGradient = valueGradient,
            QueryLayout = queryLayout,
            KeyLayout = keyLayout,
            ValueLayout = valueLayout,
            OutputLayout = AttentionLayout.Dense(sizes.Queries, sizes.Heads, sizes.HeadWidth),
            OutputGradientLayout = AttentionLayout.Dense(sizes.Queries, sizes.Heads, sizes.HeadWidth),
            QueryGradientLayout = queryLayout,
            KeyGradientLayout = keyLayout,
            ValueGradientLayout = valueLayout,
            Batch = sizes.Batch,
            Heads = sizes.Heads,
            Queries = sizes.Queries,
            Keys = sizes.Keys,
            HeadWidth = sizes.HeadWidth,
            Scale = sizes.Scale,
        });

    private static void RequireHeads(int channels, int heads)
    {
        if (heads <= 0 || channels % heads != 0)
        {
            throw new ArgumentException($"{channels} channels cannot be divided among {heads} heads.", nameof(heads));
        }
    }

    private readonly record struct Sizes(int Batch, int Queries, int Keys, int Heads, int HeadWidth)
    {
        public float Scale => 1 / MathF.Sqrt(HeadWidth);
    }
}
