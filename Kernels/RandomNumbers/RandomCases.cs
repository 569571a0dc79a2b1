using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.RandomNumbers;

internal static class RandomCases
{
    /// <summary>Radii reach 6.8, in error by some roundings of radius, logarithm and sine: 1e-6 at the most.</summary>
    private static readonly Tolerance NormalTolerance = Tolerance.Element(0, 2e-6);

    private static readonly (int Images, int Elements, int FirstImage, CaseScale Scale)[] Sizes =
    [
        (1, 1, 0, CaseScale.Tiny),
        (1, 2, 0, CaseScale.Tiny),
        (2, 7, 3, CaseScale.Tiny),
        (3, 37, 1000, CaseScale.Tiny),
        (1, 300, 0, CaseScale.Tiny),
        (2, 40003, 5, CaseScale.Small),
        (16, 3 * 256 * 256, 0, CaseScale.Benchmark),
        (1, 1 << 20, 0, CaseScale.Benchmark),
    ];

    public static IEnumerable<OperationCase> Uniform() =>
        Sizes.Select(size => Numbers(
            size.Images, size.Elements, size.FirstImage, RandomNumbersOperations.Uniform, Philox.Uniform, size.Scale));

    public static IEnumerable<OperationCase> Normal() =>
        Sizes.Select(size => Numbers(size.Images, size.Elements, size.FirstImage, RandomNumbersOperations.Normal, null, size.Scale));

    public static IEnumerable<OperationCase> Integers()
    {
        foreach (var (images, elements, firstImage, scale) in Sizes)
        {
            yield return Integers(images, elements, firstImage, 1000, scale);
        }

        yield return Integers(1, 37, 0, 1, CaseScale.Tiny);
        yield return Integers(1, 37, 0, int.MaxValue, CaseScale.Tiny);
    }

    private static OperationCase Numbers(
        int images, int elements, int firstImage, Operation<RandomArguments> operation, Func<uint, float>? function, CaseScale scale) => new()
        {
            Name = $"{images}x{elements} from {firstImage}",
            Operands = [Indices(images, firstImage), Operand.Output("output", images * elements).ForEachImage()],
            Launch = (device, operands) => operation.Launch(device, new RandomArguments
            {
                Output = operands.Single("output"),
                Images = images,
                Elements = elements,
                Key = Key(operands),
            }),
            Reference = CaseReference.Elements((values, _, i) =>
            {
                var (image, element) = (values["imageIndices"][i / elements], i % elements);
                if (function is not null)
                {
                    return function(Word(image, element));
                }

                var even = element & ~1;
                var (first, second) = Philox.NormalPair(Word(image, even), Word(image, even + 1));
                return element == even ? first : second;
            }),
            Tolerance = function is null ? NormalTolerance : Tolerance.Exact,
            Scale = scale,
            Batch = images,
            AtBatch = scale == CaseScale.Tiny ? batch => Numbers(batch, elements, firstImage, operation, function, scale) : null,
        };

    private static OperationCase Integers(int images, int elements, int firstImage, int bound, CaseScale scale) => new()
    {
        Name = $"{images}x{elements} from {firstImage} below {bound}",
        Operands = [Indices(images, firstImage), Operand.IntegerOutput("output", images * elements).ForEachImage()],
        Launch = (device, operands) => RandomNumbersOperations.Integers.Launch(device, new RandomIntegersArguments
        {
            Output = operands.Integers("output"),
            Images = images,
            Elements = elements,
            Bound = bound,
            Key = Key(operands),
        }),
        Reference = CaseReference.Elements((values, _, i) =>
            Math.Floor(Word(values["imageIndices"][i / elements], i % elements) * (double)bound / 4294967296)),
        Tolerance = Tolerance.Exact,
        Scale = scale,
        Batch = images,
        AtBatch = scale == CaseScale.Tiny ? batch => Integers(batch, elements, firstImage, bound, scale) : null,
    };

    /// <summary>Not an operand of the operation: it tells the launch of a single image of a batch which one it is.</summary>
    private static Operand Indices(int images, int firstImage) => Operand.Integers("imageIndices", images, (_, _, destination) =>
    {
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = firstImage + i;
        }
    }).ForEachImage();

    private static RandomKey Key(CaseOperands operands) => new()
    {
        Seed = 0x0123456789ABCDEF,
        Stream = 11,
        Step = 5,
        FirstImage = operands.Integers("imageIndices").ToArray()[0],
    };

    private static uint Word(double image, int element)
    {
        var (x, y, z, w) = Philox.Block((uint)(element / 4), (uint)image, 11, 5, 0x89ABCDEF, 0x01234567);
        return (element % 4) switch
        {
            0 => x,
            1 => y,
            2 => z,
            _ => w,
        };
    }
}
