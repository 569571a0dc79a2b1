using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Tests.Cpu;

namespace KernelDiff.Kernels.Tests.Matmul;

internal sealed unsafe class PanelLayoutTests
{
    [Test]
    public void Panels_cover_the_columns_once_and_none_is_needlessly_narrow()
    {
        for (var columns = 1; columns <= 600; columns++)
        {
            var layout = new PanelLayout(columns, lanes: 16, maximumVectors: 3);
            var next = 0;
            for (var panel = 0; panel < layout.Panels; panel++)
            {
                Assert.That(layout.Column(panel), Is.EqualTo(next));
                Assert.That(layout.Vectors(panel), Is.InRange(columns > 16 ? 2 : 1, 3));
                Assert.That(layout.ColumnsIn(panel), panel == layout.Panels - 1 ? Is.Positive : Is.EqualTo(layout.Width(panel)));
                next += layout.ColumnsIn(panel);
            }

            Assert.That(next, Is.EqualTo(columns));
            Assert.That(layout.PaddedColumns, Is.EqualTo((columns + 15) / 16 * 16));
        }
    }

    [Test]
    public void Packing_rows_and_packing_columns_give_the_same_zero_padded_panels([Values(1, 3, 16, 37, 100)] int columns)
    {
        CheckPacking<Float128>(columns);
        if (Float256.IsSupported)
        {
            CheckPacking<Float256>(columns);
        }

        if (Float512.IsSupported)
        {
            CheckPacking<Float512>(columns);
        }
    }

    private static void CheckPacking<T>(int columns)
        where T : unmanaged, ISimd<T>
    {
        const int Depth = 21;
        var rowStride = columns + 2;
        const int ColumnStride = Depth + 3;
        var byRows = new float[Depth * rowStride];
        var byColumns = new float[columns * ColumnStride];
        for (var k = 0; k < Depth; k++)
        {
            for (var column = 0; column < columns; column++)
            {
                byRows[(k * rowStride) + column] = byColumns[(column * ColumnStride) + k] = (1000 * k) + column + 1;
            }
        }

        var layout = PanelLayout.Create<T>(columns);
        using var pool = new WorkerPool(1);
        var fromRows = new float[Gemm.PackedLength<T>(Depth, columns)];
        var fromColumns = new float[fromRows.Length];
        fixed (float* rows = byRows, cols = byColumns, first = fromRows, second = fromColumns)
        {
            Gemm.Pack<T>(pool, rows, rowStride, false, Depth, columns, first);
            Gemm.Pack<T>(pool, cols, ColumnStride, true, Depth, columns, second);
        }

        var expected = new float[fromRows.Length];
        for (var panel = 0; panel < layout.Panels; panel++)
        {
            for (var i = 0; i < layout.ColumnsIn(panel) * Depth; i++)
            {
                var (k, column) = Math.DivRem(i, layout.ColumnsIn(panel));
                expected[layout.PackedOffset(panel, Depth) + (k * layout.Width(panel)) + column] = (1000 * k) + layout.Column(panel) + column + 1;
            }
        }

        Assert.That(fromRows, Is.EqualTo(expected));
        Assert.That(fromColumns, Is.EqualTo(expected));
    }
}
