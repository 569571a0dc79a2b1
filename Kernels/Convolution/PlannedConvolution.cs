using System.Globalization;
using System.Text.RegularExpressions;
using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Kernels.Convolution;

/// <summary>How plans tell convolutions apart: by their shape for one image, whatever bias, activation and residual go with it.</summary>
internal readonly partial record struct PlannedConvolution : IPlannedShape<PlannedConvolution>
{
    private readonly ConvolutionShape image;

    public PlannedConvolution(in ConvolutionShape shape)
    {
        image = shape with { Batch = 1 };
    }

    public static PlannedShapes<ConvolutionArguments> Forward { get; } = new PlannedShapes<ConvolutionArguments, PlannedConvolution>(
        arguments => new PlannedConvolution(arguments.Shape),
        planned => new ConvolutionArguments { Shape = planned.image, Input = default, Weights = default, Output = default },
        (planned, batch) => ConvolutionCases.Forward(planned.At(batch), default, CaseScale.Benchmark));

    public static PlannedShapes<ConvolutionInputGradientArguments> InputGradient { get; } =
        new PlannedShapes<ConvolutionInputGradientArguments, PlannedConvolution>(
            arguments => new PlannedConvolution(arguments.Shape),
            planned => new ConvolutionInputGradientArguments
            {
                Shape = planned.image,
                OutputGradient = default,
                Weights = default,
                InputGradient = default,
            },
            (planned, batch) => ConvolutionInputGradientCases.Backward(planned.At(batch), false, CaseScale.Benchmark));

    public static PlannedShapes<ConvolutionWeightGradientArguments> WeightGradient { get; } =
        new PlannedShapes<ConvolutionWeightGradientArguments, PlannedConvolution>(
            arguments => new PlannedConvolution(arguments.Shape),
            planned => new ConvolutionWeightGradientArguments
            {
                Shape = planned.image,
                Input = default,
                OutputGradient = default,
                WeightsGradient = default,
            },
            (planned, batch) => ConvolutionWeightGradientCases.Backward(planned.At(batch), false, CaseScale.Benchmark));

    public static bool TryParse(string text, out PlannedConvolution shape)
    {
        shape = default;
        var match = Text().Match(text);
        if (!match.Success)
        {
            return false;
        }

        var parsed = new ConvolutionShape
        {
            Batch = 1,
            Height = Number("height"),
            Width = Number("width"),
            InputChannels = Number("input"),
            OutputChannels = Number("output"),
            KernelHeight = Number("kernelHeight"),
            KernelWidth = Number("kernelWidth"),
            Stride = match.Groups["stride"].Success ? Number("stride") : 1,
            Padding = match.Groups["all"].Success
                ? ConvolutionPadding.All(Number("all"))
                : match.Groups["top"].Success
                    ? new ConvolutionPadding(Number("top"), Number("bottom"), Number("left"), Number("right"))
                    : default,
            Upsample = match.Groups["upsample"].Success,
        };
        try
        {
            parsed.Validate();
        }
        catch (ArgumentException)
        {
            return false;
        }

        shape = new PlannedConvolution(parsed);
        return true;

        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>For example <c>64x64x224-224 3x3 padding 1</c>.</summary>
    public string Describe() => image.Describe()["1x".Length..];

    private ConvolutionShape At(int batch) => image with { Batch = batch };

    [GeneratedRegex(
        """
        \A(?<height>\d{1,7})x(?<width>\d{1,7})x(?<input>\d{1,7})-(?<output>\d{1,7})\ (?<kernelHeight>\d{1,2})x(?<kernelWidth>\d{1,2})
        (\ stride\ (?<stride>\d))?
        (\ padding\ ((?<all>\d{1,7})|(?<top>\d{1,7}),(?<bottom>\d{1,7}),(?<left>\d{1,7}),(?<right>\d{1,7})))?
        (?<upsample>\ upsample)?\z
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Text();
}
