using ILGPU;

namespace KernelDiff.Kernels.Matmul;

/// <summary>Matrix products of one size whose operands lie a stride apart: sums[plane] = left[plane] · right[plane].</summary>
internal readonly struct PlaneProducts
{
    public required int Planes { get; init; }

    public required int Rows { get; init; }

    public required int Inner { get; init; }

    public required int Columns { get; init; }

    /// <summary>Whether one image has so few rows that the tiles of all planes leave a GPU idle.</summary>
    public required bool HasFewRows { get; init; }

    /// <summary>[rows][inner] in each plane.</summary>
    public required ArrayView<float> Left { get; init; }

    public required int LeftStride { get; init; }

    /// <summary>[inner][columns], its transpose or panels of it in each plane, as a launch asks for.</summary>
    public required ArrayView<float> Right { get; init; }

    public required int RightStride { get; init; }

    /// <summary>[rows][columns] in each plane, rows <see cref="SumsRowStride"/> apart.</summary>
    public required ArrayView<float> Sums { get; init; }

    public required int SumsRowStride { get; init; }

    public required int SumsStride { get; init; }

    /// <summary>Stores sums as they are.</summary>
    public Epilogue Epilogue => Epilogue.Raw(Sums, Rows, SumsRowStride) with { OutputBatchStride = SumsStride };
}
