using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Tests.Cpu;

namespace KernelDiff.Kernels.Tests.Matmul;

internal sealed unsafe class GemmPlanTests
{
    [Test]
    public void Items_cover_every_tile_panel_and_term_once(
        [Values(1, 7, 1000)] int rows, [Values(1, 224, 5376)] int columns, [Values(1, 512, 8064)] int depth)
    {
        foreach (var (threads, transposed) in new[] { (1, false), (2, true), (64, false), (64, true) })
        {
            var plan = Plan(rows, columns, depth, threads, transposed);
            using (Assert.EnterMultipleScope())
            {
                AssertCovered(plan.RowItems, plan.FirstTile, plan.Tiles);
                AssertCovered(plan.PanelItems, plan.FirstPanel, plan.Layout.Panels);
                AssertCovered(plan.DepthBlocks, plan.FirstDepth, depth);
                AssertCovered(plan.Tiles, plan.FirstRow, rows);
                Assert.That(
                    Enumerable.Range(0, plan.Tiles).Select(tile => plan.FirstRow(tile + 1) - plan.FirstRow(tile)),
                    Is.All.AtMost(MicroKernels.MaximumRows<Float128>()));
            }
        }
    }

    [Test]
    public void Small_products_are_one_item_and_large_ones_occupy_every_thread()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Plan(8, 64, 64, threads: 2, transposed: false).ItemsPerProduct, Is.EqualTo(1));
            Assert.That(Plan(4096, 224, 224, threads: 2, transposed: false).ItemsPerProduct, Is.GreaterThanOrEqualTo(16));
            Assert.That(Plan(64, 896, 896, threads: 16, transposed: false).ItemsPerProduct, Is.GreaterThanOrEqualTo(64));
        }
    }

    [TestCase(128, 128, 6 * 128)]
    [TestCase(512, 128, 12 * 128)]
    [TestCase(128, 1024, 16 * 128)]
    public void Items_of_a_deep_and_narrow_product_together_read_few_rows_and_columns(int rows, int columns, int most)
    {
        var plan = Plan(rows, columns, 2048, threads: 2, transposed: true);
        Assert.That(plan.ItemsPerProduct, Is.InRange(8, 16));
        Assert.That((plan.RowItems * columns) + (plan.PanelItems * rows), Is.LessThanOrEqualTo(most));
    }

    [Test]
    public void A_panel_is_read_once_for_few_rows_where_there_are_enough_panels()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Plan(48, 224, 7168, threads: 2, transposed: false).RowItems, Is.EqualTo(1));
            Assert.That(Plan(48, 224, 7168, threads: 16, transposed: false).RowItems, Is.GreaterThan(1));
        });
    }

    [Test]
    public void B_beside_a_transposed_A_is_read_in_place_only_by_items_of_few_rows()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Plan(512, 128, 2048, threads: 2, transposed: true).ReadsBInPlace, Is.False);
            Assert.That(Plan(8, 128, 2048, threads: 2, transposed: true).ReadsBInPlace, Is.True);
        });
    }

    [TestCase(8192, false, 1)]
    [TestCase(8193, false, 3)]
    [TestCase(8193, true, 3)]
    [TestCase(32768, true, 8)]
    public void Only_a_very_long_depth_is_added_in_several_chains(int depth, bool transposed, int chains)
    {
        foreach (var (rows, threads) in new[] { (1, 1), (224, 2), (4096, 64) })
        {
            var plan = Plan(rows, 224, depth, threads, transposed);
            Assert.That((plan.DepthBlocks + plan.BlocksPerChain - 1) / plan.BlocksPerChain, Is.EqualTo(chains));
            Assert.That(plan.HasSeveralChains, Is.EqualTo(chains > 1));
        }
    }

    [Test]
    public void B_is_read_in_place_unless_its_rows_collide_in_the_cache_and_are_read_often()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Plan(1024, 448, 448, 2, false).ReadsBInPlace, Is.True);
            Assert.That(Plan(1024, 1024, 1024, 2, false).ReadsBInPlace, Is.False);
            Assert.That(Plan(8, 1024, 1024, 2, false).ReadsBInPlace, Is.True);
        }
    }

    [Test]
    public void All_tiles_fetch_B_where_it_is_too_large_to_stay_near()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Plan(64, 2688, 896, threads: 2, transposed: false).IsFarB, Is.True);
            Assert.That(Plan(1024, 1344, 448, threads: 2, transposed: false).IsFarB, Is.False);
        });
    }

    [Test]
    public void Wide_tiles_are_for_an_operand_that_is_read_as_it_lies([Values] bool transposed)
    {
        SimdLanes.RequireWidth<Float512>();
        var plan = Plan<Float512>(1024, 256, 256, threads: 2, transposed);
        Assert.That(plan.Layout.Panels, Is.EqualTo(transposed ? 6 : 4));
        AssertCovered(plan.Tiles, plan.FirstRow, 1024);
        Assert.That(plan.Tiles, Is.EqualTo(transposed ? 128 : 171));
    }

    /// <summary>Part i reaches from first(i) to first(i + 1): no part is empty, and together they are the whole.</summary>
    private static void AssertCovered(int parts, Func<int, int> first, int whole)
    {
        Assert.That(Enumerable.Range(0, parts + 1).Select(first), Is.Ordered.And.Unique);
        Assert.That(first(0), Is.Zero);
        Assert.That(first(parts), Is.EqualTo(whole));
    }

    private static GemmPlan Plan(int rows, int columns, int depth, int threads, bool transposed) =>
        Plan<Float128>(rows, columns, depth, threads, transposed);

    private static GemmPlan Plan<T>(int rows, int columns, int depth, int threads, bool transposed)
        where T : unmanaged, ISimd<T> => GemmPlan.Create<T>(
        new GemmProblem
        {
            Rows = rows,
            Columns = columns,
            Depth = depth,
            A = null,
            AStride = transposed ? rows : depth,
            TransposeA = transposed,
            B = null,
            BStride = columns,
            C = null,
            CStride = columns,
        },
        threads);
}
