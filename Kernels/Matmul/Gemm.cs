using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// Matrix products on the CPU. An element of C has the same bits whatever the number of rows, the batch and the number of threads:
/// its terms are added in the order of k, one after the other, and those of very long products in chains of equal length. Where A is
/// transposed, the chains follow from the shape of the product (<see cref="GemmChains"/>).
/// </summary>
internal static unsafe class Gemm
{
    /// <summary>
    /// Computes the products. An unpacked B is packed first where that pays, else read where it lies, block by block.
    /// </summary>
    /// <exception cref="DeviceMemoryException">The system has no memory left for packing.</exception>
    public static void Run<T>(CpuDevice device, in GemmProblem problem)
        where T : unmanaged, ISimd<T>
    {
        var chains = GemmChains.Count(problem);
        if (chains > 1)
        {
            GemmChains.Run<T>(device, problem, chains);
            return;
        }

        var matrices = problem.BBatchStride == 0 ? 1 : problem.Batch;
        var length = PackedLength<T>(problem.Depth, problem.Columns);
        if (!PackingPays<T>(problem, device.Workers.Threads) || matrices * length > int.MaxValue)
        {
            Multiply<T>(device.Workers, problem);
            return;
        }

        using var workspace = device.Rent<float>((int)(matrices * length));
        var packed = problem with { Packed = workspace.Span.Pointer(), PackedBatchStride = matrices == 1 ? 0 : length };
        for (var matrix = 0; matrix < matrices; matrix++)
        {
            Pack<T>(
                device.Workers,
                problem.B + (matrix * problem.BBatchStride),
                problem.BStride,
                problem.TransposeB,
                problem.Depth,
                problem.Columns,
                packed.Packed + (matrix * length));
        }

        Multiply<T>(device.Workers, packed);
    }

    /// <summary>Computes the products without packing B first; called from inside an item, on the calling thread alone.</summary>
    public static void Multiply<T>(WorkerPool pool, in GemmProblem problem)
        where T : unmanaged, ISimd<T>
    {
        var plan = GemmPlan.Create<T>(problem, pool.Threads);
        pool.For(checked(problem.Batch * plan.ItemsPerProduct), new GemmItem<T>(problem, plan));
    }

    /// <summary>Floats that a packed B of this shape takes.</summary>
    public static long PackedLength<T>(int depth, int columns)
        where T : unmanaged, ISimd<T> =>
        (long)PanelLayout.Create<T>(columns).PaddedColumns * depth;

    /// <summary>
    /// Packs op(B) into <paramref name="packed"/>, which has room for <see cref="PackedLength{T}"/> floats, so that several products
    /// can use it.
    /// </summary>
    public static void Pack<T>(WorkerPool pool, float* b, long stride, bool transposed, int depth, int columns, float* packed)
        where T : unmanaged, ISimd<T>
    {
        var layout = PanelLayout.Create<T>(columns);
        pool.For(layout.Panels, new PackItem<T>(layout, b, stride, transposed, depth, packed));
    }

    /// <summary>
    /// When B cannot be read where it lies, and more than one item would pack the same part of it. Beside a transposed A an item packs
    /// what it needs into its cache: B is as deep and narrow as A, and writing it and reading it again takes longer.
    /// </summary>
    private static bool PackingPays<T>(in GemmProblem problem, int threads)
        where T : unmanaged, ISimd<T>
    {
        var plan = GemmPlan.Create<T>(problem, threads);
        var isShared = plan.RowItems > 1 || (problem.BBatchStride == 0 && problem.Batch > 1);
        return problem.Packed == null && !problem.TransposeA && !plan.ReadsBInPlace && isShared;
    }

    private readonly struct PackItem<T>(PanelLayout layout, float* b, long stride, bool transposed, int depth, float* packed) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(int index) => PanelPacking.Pack<T>(
            b, stride, transposed, layout, index, 0, depth, packed + layout.PackedOffset(index, depth));
    }
}
