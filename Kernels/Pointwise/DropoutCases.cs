using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>The cases of dropout. The reference takes its mask from the scalar generator, which published answers check.</summary>
internal static class DropoutCases
{
    public static IEnumerable<OperationCase> All(Func<Operation<DropoutArguments>> operation)
    {
        foreach (var (images, elements, keep) in new[]
        {
            (1, 1, 0.5f), (3, 37, 0.7f), (2, 258, 0.9f), (2, 67, 1f), (3, 5, 0.01f),
        })
        {
            yield return Case(operation, images, elements, keep);
        }

        yield return Case(operation, 2, 17003, 0.8f) with { Scale = CaseScale.Small };
        yield return Case(operation, 16, 64 * 64 * 64, 0.9f) with { Scale = CaseScale.Benchmark };
    }

    private static OperationCase Case(Func<Operation<DropoutArguments>> operation, int images, int elements, float keep)
    {
        var key = new RandomKey { Seed = 0x0123456789ABCDEF, Stream = 7, Step = 3, FirstImage = 5 };
        return new OperationCase
        {
            Name = $"{images}x{elements} keep {keep}",
            Operands =
            [
                Operand.Input("input", images * elements, Fills.Normal()),
                Operand.Output("output", images * elements),
            ],
            Launch = (device, operands) => operation().Launch(device, new DropoutArguments
            {
                Input = operands.Single("input"),
                Output = operands.Single("output"),
                Images = images,
                Elements = elements,
                Keep = keep,
                Key = key,
            }),
            Reference = CaseReference.Elements((values, _, i) =>
            {
                var (image, element) = (i / elements, i % elements);
                var (x, y, z, w) = Philox.Block(
                    (uint)element / 4,
                    (uint)(key.FirstImage + image),
                    key.Stream,
                    key.Step,
                    (uint)key.Seed,
                    (uint)(key.Seed >> 32));
                var word = (element % 4) switch { 0 => x, 1 => y, 2 => z, _ => w };
                return (word >> 8) / (double)(1 << 24) < keep ? values["input"][i] / keep : 0;
            }),
            Tolerance = Tolerance.Element(2e-7),
        };
    }
}
