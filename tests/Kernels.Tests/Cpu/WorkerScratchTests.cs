using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Cpu;

internal sealed unsafe class WorkerScratchTests
{
    [Test]
    public void Blocks_are_aligned_and_do_not_overlap()
    {
        using WorkerScratch scratch = WorkerScratch.Open();
        var blocks = new nint[100];
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] = (nint)scratch.Take<int>(i * 7);
            Assert.That((long)blocks[i] % WorkerScratch.Alignment, Is.Zero);
            new Span<int>((void*)blocks[i], i * 7).Fill(i);
        }

        for (int i = 0; i < blocks.Length; i++)
            Assert.That(new Span<int>((void*)blocks[i], i * 7).ToArray(), Is.All.EqualTo(i));
    }

    [Test]
    public void Nested_scopes_keep_what_the_outer_scope_holds()
    {
        using WorkerScratch outer = WorkerScratch.Open();
        int* kept = outer.Take<int>(16);
        new Span<int>(kept, 16).Fill(7);
        for (int i = 0; i < 10; i++)
        {
            using WorkerScratch inner = WorkerScratch.Open();

            // Each is larger than all before it: the arena has to grow while the outer scope holds its block.
            int length = 100_000 << i;
            new Span<int>(inner.Take<int>(length), length).Fill(i);
        }

        Assert.That(new Span<int>(kept, 16).ToArray(), Is.All.EqualTo(7));
    }

    [Test]
    public void A_closed_scope_gives_its_memory_to_the_next_one()
    {
        Use(3_000_000);
        long reserved = WorkerScratch.ReservedBytes;
        for (int i = 0; i < 1000; i++)
            Use(3_000_000);
        Assert.That(WorkerScratch.ReservedBytes, Is.EqualTo(reserved));

        static void Use(int count)
        {
            using WorkerScratch scratch = WorkerScratch.Open();
            scratch.Take<float>(count / 3)[0] = 1;
            scratch.Take<float>(count - count / 3)[0] = 1;
        }
    }

    [Test]
    public void Each_thread_has_memory_of_its_own()
    {
        using WorkerScratch scratch = WorkerScratch.Open();
        long mine = (long)scratch.Take<float>(1000);
        long theirs = 0;
        var thread = new Thread(() =>
        {
            using WorkerScratch other = WorkerScratch.Open();
            theirs = (long)other.Take<float>(1000);
        });
        thread.Start();
        thread.Join();
        Assert.That(Math.Abs(mine - theirs), Is.GreaterThanOrEqualTo(4000));
    }

    [Test]
    public void A_negative_count_is_refused() =>
        Assert.That(
            () =>
            {
                using WorkerScratch scratch = WorkerScratch.Open();
                scratch.Take<float>(-1);
            },
            Throws.TypeOf<ArgumentOutOfRangeException>());
}
