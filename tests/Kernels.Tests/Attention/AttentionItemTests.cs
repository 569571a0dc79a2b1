using KernelDiff.Kernels.Attention;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Attention;

/// <summary>The ways in which the CPU hands out attention: heads, or blocks of queries, with values transposed first or not.</summary>
public sealed class AttentionItemTests
{
    private const int Batch = 2;
    private const int Heads = 3;
    private const int Queries = 530;
    private const int Keys = 77;
    private const int Width = 24;

    private static readonly AttentionLayout QueryLayout = AttentionLayout.Dense(Queries, Heads, Width);
    private static readonly AttentionLayout KeyLayout = AttentionLayout.Dense(Keys, Heads, Width);

    [Test]
    public void Many_heads_for_few_threads_are_items_and_few_heads_are_not()
    {
        Assert.Multiple(() =>
        {
            Assert.That(AttentionBlocking.HeadsPay(32, threads: 2), Is.True);
            Assert.That(AttentionBlocking.HeadsPay(14, threads: 2), Is.False);
            Assert.That(AttentionBlocking.HeadsPay(1, threads: 1), Is.True);
        });
    }

    [Test]
    public void Outputs_and_gradients_have_the_same_bits_head_by_head_and_block_by_block()
    {
        Assert.That(AttentionBlocking.HeadsPay(Batch * Heads, threads: 5), Is.False);
        Assert.That(AttentionBlocking.BackwardSplits(Heads, Queries, Keys, Width), Is.GreaterThan(1));
        Assert.That(Transposes(Queries), Is.True);
        var byHead = Run(threads: 1);
        var byBlock = Run(threads: 5);
        Assert.Multiple(() =>
        {
            for (var i = 0; i < byHead.Length; i++)
            {
                Assert.That(byHead[i].Any(float.IsNaN), Is.False, $"result {i}: elements that nobody wrote");
                Assert.That(byBlock[i].AsSpan().SequenceEqual(byHead[i]), Is.True, $"result {i}");
            }
        });
    }

    [TestCase(1)]
    [TestCase(70)]
    public void A_query_has_the_same_bits_with_few_others_and_with_so_many_that_values_are_transposed(int few)
    {
        Assert.That(Transposes(few), Is.False);
        using var device = new CpuDevice(new DeviceOptions { Threads = 2 });
        var random = new Random(5);
        var query = Values(device, random, Queries);
        var key = Values(device, random, Keys);
        var value = Values(device, random, Keys);
        var some = Attend(few);
        var all = Attend(Queries);
        for (var image = 0; image < Batch; image++)
        {
            const int Row = Heads * Width;
            Assert.That(
                all.AsSpan(image * Queries * Row, few * Row).SequenceEqual(some.AsSpan(image * few * Row, few * Row)), Is.True, $"image {image}");
        }

        float[] Attend(int queries)
        {
            var output = Unwritten(device, queries);
            AttentionOperations.Attention.Launch(device, new AttentionArguments
            {
                Query = query,
                Key = key,
                Value = value,
                Output = output,
                QueryLayout = QueryLayout,
                KeyLayout = KeyLayout,
                ValueLayout = KeyLayout,
                OutputLayout = AttentionLayout.Dense(queries, Heads, Width),
                Batch = Batch,
                Heads = Heads,
                Queries = queries,
                Keys = Keys,
                HeadWidth = Width,
                Scale = 1 / MathF.Sqrt(Width),
            });
            return output.ToArray();
        }
    }

    private static bool Transposes(int queries) =>
        AttentionBlocking.TransposingPays(AttentionBlocking.CeilingDivide(queries, AttentionBlocking.Queries));

    private static DeviceSpan<float> Values(CpuDevice device, Random random, int tokens) => device.Upload<float>(
        [.. Enumerable.Range(0, Batch * tokens * Heads * Width).Select(_ => (random.NextSingle() * 4) - 2)]);

    private static DeviceSpan<float> Unwritten(CpuDevice device, int tokens)
    {
        var values = new float[Batch * tokens * Heads * Width];
        Array.Fill(values, float.NaN);
        return device.Upload<float>(values);
    }

    /// <summary>The output, and the gradients of queries, keys and values.</summary>
    private static float[][] Run(int threads)
    {
        using var device = new CpuDevice(new DeviceOptions { Threads = threads });
        var random = new Random(3);
        var forward = new AttentionArguments
        {
            Query = Values(device, random, Queries),
            Key = Values(device, random, Keys),
            Value = Values(device, random, Keys),
            Output = Unwritten(device, Queries),
            LogSumExp = device.Allocate<float>(Batch * Heads * Queries),
            QueryLayout = QueryLayout,
            KeyLayout = KeyLayout,
            ValueLayout = KeyLayout,
            OutputLayout = QueryLayout,
            Batch = Batch,
            Heads = Heads,
            Queries = Queries,
            Keys = Keys,
            HeadWidth = Width,
            Scale = 1 / MathF.Sqrt(Width),
        };
        var backward = new AttentionBackwardArguments
        {
            Query = forward.Query,
            Key = forward.Key,
            Value = forward.Value,
            Output = forward.Output,
            LogSumExp = forward.LogSumExp,
            OutputGradient = Values(device, random, Queries),
            QueryGradient = Unwritten(device, Queries),
            KeyGradient = Unwritten(device, Keys),
            ValueGradient = Unwritten(device, Keys),
            QueryLayout = QueryLayout,
            KeyLayout = KeyLayout,
            ValueLayout = KeyLayout,
            OutputLayout = QueryLayout,
            OutputGradientLayout = QueryLayout,
            QueryGradientLayout = QueryLayout,
            KeyGradientLayout = KeyLayout,
            ValueGradientLayout = KeyLayout,
            Batch = Batch,
            Heads = Heads,
            Queries = Queries,
            Keys = Keys,
            HeadWidth = Width,
            Scale = forward.Scale,
        };
        AttentionOperations.Attention.Launch(device, forward);
        AttentionOperations.AttentionBackward.Launch(device, backward);
        return
        [
            forward.Output.ToArray(),
            backward.QueryGradient.ToArray(),
            backward.KeyGradient.ToArray(),
            backward.ValueGradient.ToArray(),
        ];
    }
}
