using System.Collections.Immutable;

namespace KernelDiff.Engine.Files;

/// <summary>A tensor that a torch file describes: which elements of which storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Type">The type of the elements.</param>
/// <param name="ByteOffset">Where the first element lies within the storage.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="ElementCount">Their product.</param>
/// <param name="Strides">Elements between neighbours along each dimension, or null where the elements lie in row-major order.</param>
internal sealed record TorchTensor(
    TorchStorage Storage, ElementType Type, long ByteOffset, ImmutableArray<int> Shape, int ElementCount, long[]? Strides)
{
    private const string SizeFault = "it rebuilds a tensor with an impossible offset, size or stride";

    /// <summary>_rebuild_tensor(storage, offset, size, stride).</summary>
    public static TorchTensor Rebuild(PickleCalls calls, PickleSite site, object?[] arguments) =>
        arguments is [TorchStorage storage, long offset, PickleTuple size, PickleTuple stride]
            ? Create(calls, site, storage, storage.Type, offset, size, stride)
            : throw site.Fault("it rebuilds a tensor with unexpected arguments");

    /// <summary>_rebuild_tensor_v2(storage, offset, size, stride, requires gradient, hooks[, metadata]).</summary>
    public static TorchTensor RebuildV2(PickleCalls calls, PickleSite site, object?[] arguments)
    {
        if (arguments is not [_, _, _, _, bool, PickleDictionary or null, .. object?[] rest])
            throw site.Fault("it rebuilds a tensor with unexpected arguments");
        RefuseMetadata(site, rest);
        return Rebuild(calls, site, arguments[..4]);
    }

    /// <summary>_rebuild_tensor_v3(storage, offset, size, stride, requires gradient, hooks, type[, metadata]), on an untyped storage.</summary>
    public static TorchTensor RebuildV3(PickleCalls calls, PickleSite site, object?[] arguments)
    {
        if (arguments is not
            [TorchStorage storage, long offset, PickleTuple size, PickleTuple stride, bool, PickleDictionary or null, PickleGlobal global, .. object?[] rest])
        {
            throw site.Fault("it rebuilds a tensor with unexpected arguments");
        }

        RefuseMetadata(site, rest);
        ElementType type = TorchTypes.Find(global) ?? throw site.Fault(
            $"it rebuilds a tensor of {PrintableText.Escape(global.FullName)}, which is not supported");
        return Create(calls, site, storage, type, offset, size, stride);
    }

    /// <summary>_rebuild_parameter(tensor, requires gradient, hooks[, state]) marks a tensor as trainable.</summary>
    public static TorchTensor RebuildParameter(PickleSite site, object?[] arguments) =>
        arguments is [TorchTensor tensor, bool, _, ..] && arguments.Length <= 4
            ? tensor
            : throw site.Fault("it rebuilds a parameter with unexpected arguments");

    /// <summary>Metadata would mark the values as conjugated or negated on reading.</summary>
    private static void RefuseMetadata(PickleSite site, object?[] rest)
    {
        if (rest is not ([] or [null] or [PickleDictionary { Entries: [] }]))
            throw site.Fault("it rebuilds a tensor with metadata, which is not supported");
    }

    private static TorchTensor Create(
        PickleCalls calls, PickleSite site, TorchStorage storage, ElementType type, long offset, PickleTuple size, PickleTuple stride)
    {
        calls.Budget.Charge(DescriptionBudget.Tensor);
        long[] shape = Numbers(site, size);
        long[] strides = Numbers(site, stride);
        int count = TorchShapeCount(site, shape);
        if (strides.Length != shape.Length || offset < 0)
            throw site.Fault(SizeFault);

        // Every factor is below 2^63 and a tensor has at most 64 dimensions of below 2^31: 128 bits hold the sum.
        Int128 last = offset;
        for (int axis = 0; axis < shape.Length; axis++)
            last += (Int128)strides[axis] * Math.Max(shape[axis] - 1, 0);
        if (count == 0 ? (Int128)offset * type.Size() > storage.ByteLength : (last + 1) * type.Size() > storage.ByteLength)
        {
            throw site.Fault(
                $"a tensor of shape [{string.Join(", ", shape)}] reaches beyond the end of storage {PrintableText.Quote(storage.Data.Key)}");
        }

        return new TorchTensor(
            storage, type, offset * type.Size(), [.. shape.Select(dimension => (int)dimension)], count, Simplify(site, shape, strides, count));
    }

    private static int TorchShapeCount(PickleSite site, long[] shape) => TensorShape.CountElements(shape)
        ?? throw site.Fault($"a tensor of shape [{string.Join(", ", shape)}] has more than 2^31-1 elements");

    private static long[] Numbers(PickleSite site, PickleTuple tuple)
    {
        if (tuple.Items.Length > TensorShape.MaximumRank)
            throw site.Fault("it rebuilds a tensor of more than 64 dimensions");
        return [.. tuple.Items.Select(item => item is long number and >= 0 ? number : throw site.Fault(SizeFault))];
    }

    /// <summary>
    /// Null for row-major strides. Otherwise they must nest (each step along a dimension passes all that the narrower dimensions span), as
    /// those of transposed, sliced and channels-last tensors do: then no two elements share a place, and a tensor has no more elements
    /// than its storage. Strides of expanded tensors, with which a few bytes describe gigabytes, do not.
    /// </summary>
    private static long[]? Simplify(PickleSite site, long[] shape, long[] strides, int count)
    {
        if (count == 0)
            return null;
        bool isRowMajor = true;
        long expected = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            isRowMajor &= shape[axis] == 1 || strides[axis] == expected;
            expected *= shape[axis];
        }

        if (isRowMajor)
            return null;
        long span = 0;
        foreach (int axis in Enumerable.Range(0, shape.Length).Where(axis => shape[axis] > 1).OrderBy(axis => strides[axis]))
        {
            if (strides[axis] <= span)
            {
                throw site.Input.Fault(
                    $"a tensor of shape [{string.Join(", ", shape)}] has overlapping elements (strides [{string.Join(", ", strides)}], {site})",
                    "Call contiguous() on expanded tensors before saving.");
            }

            span += strides[axis] * (shape[axis] - 1);
        }

        return strides;
    }
}
