using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Imaging;

internal static class ImagingCases
{
    public static IEnumerable<OperationCase> ToFloat()
    {
        foreach (var (length, scale, shift, size) in new[]
        {
            (1, 1 / 127.5f, -1f, CaseScale.Tiny),
            (256, 1 / 127.5f, -1f, CaseScale.Tiny),
            (37, 1 / 255f, 0.25f, CaseScale.Tiny),
            (40003, 1 / 127.5f, -1f, CaseScale.Small),
            (4 * 1024 * 1024 * 3, 1 / 127.5f, -1f, CaseScale.Benchmark),
        })
        {
            yield return new OperationCase
            {
                Name = $"{length} shift {shift}",
                Operands = [Operand.Bytes("input", length, EveryByte), Operand.Output("output", length)],
                Launch = (device, operands) => ImagingOperations.BytesToFloat.Launch(device, new BytesToFloatArguments
                {
                    Input = operands.Bytes("input"),
                    Output = operands.Single("output"),
                    Scale = scale,
                    Shift = shift,
                }),
                Reference = CaseReference.Elements((values, _, i) => (values["input"][i] * scale) + shift),
                Tolerance = Tolerance.Element(0, 2e-7),
                Scale = size,
            };
        }
    }

    public static IEnumerable<OperationCase> ToBytes()
    {
        yield return Bytes("1", 1, Fills.Constant(0.3), 127.5f, 127.5f, CaseScale.Tiny);
        yield return Bytes("300 in range", 300, Fills.Uniform(-1, 1), 127.5f, 127.5f, CaseScale.Tiny);
        yield return Bytes("300 beyond the range", 300, Fills.Normal(0, 2), 127.5f, 127.5f, CaseScale.Tiny);
        yield return Bytes(
            "ties, limits and not a number",
            10,
            Fills.Values(0.5, 1.5, 2.5, 253.5, 254.5, -0.5, 255.5, double.NaN, double.PositiveInfinity, double.NegativeInfinity),
            1,
            0,
            CaseScale.Tiny);
        yield return Bytes("40003", 40003, Fills.Uniform(-1, 1), 127.5f, 127.5f, CaseScale.Small);
        yield return Bytes("4x1024x1024x3", 4 * 1024 * 1024 * 3, Fills.Uniform(-1, 1), 127.5f, 127.5f, CaseScale.Benchmark);
    }

    public static IEnumerable<OperationCase> OneHot()
    {
        foreach (var byClass in new[] { false, true })
        {
            foreach (var bytes in new[] { false, true })
            {
                foreach (var (images, pixels, classes) in new[] { (1, 1, 1), (1, 35, 19), (3, 7, 5) })
                {
                    yield return OneHot(images, pixels, classes, bytes, byClass, CaseScale.Tiny);
                }
            }

            yield return OneHot(8, 256 * 256, 19, true, byClass, CaseScale.Benchmark);
        }
    }

    private static OperationCase OneHot(int images, int pixels, int classes, bool bytes, bool byClass, CaseScale scale)
    {
        // Labels one outside either end (bytes have only the upper one) give zeros.
        var labels = bytes
            ? Operand.Bytes("labels", images * pixels, Fills.Integers(0, classes + 1))
            : Operand.Integers("labels", images * pixels, Fills.Integers(-1, classes + 1));
        return new OperationCase
        {
            Name = $"{images}x{pixels}x{classes}{(bytes ? " bytes" : "")}{(byClass ? " by class" : "")}",
            Operands = [labels.ForEachImage(), Operand.Output("output", images * pixels * classes).ForEachImage()],
            Launch = (device, operands) => ImagingOperations.OneHot.Launch(device, new OneHotArguments
            {
                Images = images,
                Pixels = pixels,
                Classes = classes,
                ByteLabels = operands.Bytes("labels"),
                Labels = operands.Integers("labels"),
                Output = operands.Single("output"),
                ByClass = byClass,
            }),
            Reference = CaseReference.Elements((values, _, i) =>
            {
                var (image, rest) = (i / (pixels * classes), i % (pixels * classes));
                var (pixel, label) = byClass ? (rest % pixels, rest / pixels) : (rest / classes, rest % classes);
                return values["labels"][(image * pixels) + pixel] == label ? 1 : 0;
            }),
            Tolerance = Tolerance.Exact,
            Scale = scale,
            Batch = images,
            AtBatch = images == 3 ? batch => OneHot(batch, pixels, classes, bytes, byClass, scale) : null,
        };
    }

    private static OperationCase Bytes(string name, int length, Fill fill, float scale, float shift, CaseScale size) => new()
    {
        Name = name,
        Operands = [Operand.Input("input", length, fill), Operand.ByteOutput("output", length)],
        Launch = (device, operands) => ImagingOperations.FloatToBytes.Launch(device, new FloatToBytesArguments
        {
            Input = operands.Single("input"),
            Output = operands.Bytes("output"),
            Scale = scale,
            Shift = shift,
        }),
        Reference = CaseReference.Elements((values, _, i) =>
        {
            // In fp32, as the contract says: what is rounded is the rounded product.
            var value = ((float)values["input"][i] * scale) + shift;
            return float.IsNaN(value) ? 0 : Math.Round(Math.Clamp(value, 0, 255), MidpointRounding.ToEven);
        }),

        // A fused multiply-add may put a value on the other side of a tie.
        Tolerance = scale == 1 ? Tolerance.Exact : Tolerance.Element(0, 1),
        Scale = size,
    };

    private static void EveryByte(CaseValues values, System.Random random, Span<double> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = i % 256;
        }
    }
}
