using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;
using KernelDiff.Kernels.Tests.Cpu;

namespace KernelDiff.Kernels.Tests.Matmul;

internal sealed class TileShapeTests
{
    [TestCase(2048, 128, true)]
    [TestCase(64, 64, true)]
    [TestCase(64, 448, true)]
    [TestCase(16, 672, false)]
    [TestCase(8, 256, false)]
    [TestCase(1000, 48, false)]
    [TestCase(2048, 127, false)]
    [TestCase(1, 1, false)]
    public void Wide_tiles_are_for_many_rows_and_columns_that_fill_them(int rows, int columns, bool isWide)
    {
        SimdLanes.RequireWidth<Float512>();
        Assert.That(TileShape.For<Float512>(rows, columns), Is.EqualTo(isWide ? new TileShape(6, 4) : new TileShape(8, 3)));
    }

    [Test]
    public void Narrower_vectors_have_one_tile()
    {
        Assert.Multiple(() =>
        {
            Assert.That(TileShape.For<Float256>(2048, 128), Is.EqualTo(TileShape.Tall<Float256>()));
            Assert.That(TileShape.For<Float128>(2048, 128), Is.EqualTo(TileShape.Tall<Float128>()));
        });
    }
}
