using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Resampling;

internal static class ResizeLabelsCases
{
    private static readonly ResizeShape Map = ResizeCases.Shape(8, 512, 512, 256, 256, 1);

    public static IEnumerable<OperationCase> Bytes() => All(Bytes);

    public static IEnumerable<OperationCase> Integers() => All(Integers);

    private static IEnumerable<OperationCase> All(Func<ResizeMode, ResizeShape, CaseScale, OperationCase> create)
    {
        foreach (var mode in new[] { ResizeMode.Nearest, ResizeMode.NearestCenter })
        {
            foreach (var shape in ResizeCases.Shapes)
            {
                yield return create(mode, shape, CaseScale.Tiny);
            }

            yield return create(mode, Map, CaseScale.Benchmark);
        }
    }

    private static OperationCase Bytes(ResizeMode mode, ResizeShape shape, CaseScale scale) => new()
    {
        Name = $"{mode} {shape}",
        Operands =
        [
            Operand.Bytes("input", shape.InputLength, Fills.Integers(0, 256)).ForEachImage(),
            Operand.ByteOutput("output", shape.OutputLength).ForEachImage(),
        ],
        Launch = (device, operands) => ResamplingOperations.ResizeByteLabels.Launch(device, new ResizeLabelsArguments<byte>
        {
            Input = operands.Bytes("input"),
            Output = operands.Bytes("output"),
            Shape = shape,
            Mode = mode,
        }),
        Reference = Reference(mode, shape),
        Tolerance = Tolerance.Exact,
        Scale = scale,
        Batch = shape.Batch,
        AtBatch = shape.Batch == 3 ? batch => Bytes(mode, shape with { Batch = batch }, scale) : null,
    };

    private static OperationCase Integers(ResizeMode mode, ResizeShape shape, CaseScale scale) => new()
    {
        Name = $"{mode} {shape}",
        Operands =
        [
            Operand.Integers("input", shape.InputLength, Fills.Integers(int.MinValue, int.MaxValue)).ForEachImage(),
            Operand.IntegerOutput("output", shape.OutputLength).ForEachImage(),
        ],
        Launch = (device, operands) => ResamplingOperations.ResizeIntegerLabels.Launch(device, new ResizeLabelsArguments<int>
        {
            Input = operands.Integers("input"),
            Output = operands.Integers("output"),
            Shape = shape,
            Mode = mode,
        }),
        Reference = Reference(mode, shape),
        Tolerance = Tolerance.Exact,
        Scale = scale,
        Batch = shape.Batch,
        AtBatch = shape.Batch == 3 ? batch => Integers(mode, shape with { Batch = batch }, scale) : null,
    };

    private static CaseReference Reference(ResizeMode mode, ResizeShape shape) => CaseReference.Elements((values, _, i) =>
    {
        var (image, row, column, channel) = ResizeCases.Position(i, shape.OutputHeight, shape.OutputWidth, shape.Channels);
        var y = Source(mode, shape.InputHeight, shape.OutputHeight, row);
        var x = Source(mode, shape.InputWidth, shape.OutputWidth, column);
        return values["input"][(((((image * shape.InputHeight) + y) * shape.InputWidth) + x) * shape.Channels) + channel];
    });

    private static int Source(ResizeMode mode, int input, int output, int index) =>
        Enumerable.Range(0, input).Single(pixel => ResizeCases.Weight(mode, input, output, index, pixel) == 1);
}
