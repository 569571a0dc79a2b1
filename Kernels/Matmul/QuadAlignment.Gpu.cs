namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// Whether operands can be read in quads, 16 bytes at a time: where every row begins at a multiple of a quad, no quad is partly outside, and
/// neither is a slice of steps that are consecutive in memory.
/// </summary>
internal static class QuadAlignment
{
    /// <param name="arguments">The product.</param>
    /// <param name="splitLength">Steps of all parts of the sums but the last one.</param>
    public static bool Holds(in MatmulArguments arguments, int splitLength) =>
        (arguments.TransposeLeft
            ? arguments.Rows % Quad.Elements == 0
            : arguments.Inner % SliceProducts.Depth == 0 && splitLength % SliceProducts.Depth == 0)
        && (arguments.TransposeRight || arguments.Columns % Quad.Elements == 0)
        && Holds(arguments.Left, arguments.LeftRowStride, arguments.LeftBatchStride)
        && Holds(arguments.Right, arguments.RightRowStride, arguments.RightBatchStride);

    /// <summary>Whether an operand begins at a multiple of a quad; so do then the elements that are the strides apart.</summary>
    public static bool Holds(DeviceSpan<float> operand, params ReadOnlySpan<int> strides)
    {
        foreach (var stride in strides)
        {
            if (stride % Quad.Elements != 0)
            {
                return false;
            }
        }

        return operand.ByteOffset % Quad.Bytes == 0;
    }
}
