using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Normalization;

namespace KernelDiff.Engine.Functional;

/// <summary>Normalisations over channels. Each saves its input and the statistics.</summary>
public static class Normalizations
{
    /// <summary>
    /// Group normalisation of [batch, ..., channels], then y · (1 + scale) + shift where given, then SiLU where asked for.
    /// </summary>
    /// <param name="input">[batch, ..., channels].</param>
    /// <param name="weight">[channels], or null for one.</param>
    /// <param name="bias">[channels], or null for zero.</param>
    /// <param name="groups">Divides the channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="silu">Whether SiLU follows.</param>
    /// <param name="scaleShift">[batch, 2 · channels], scales before shifts, or null.</param>
    /// <exception cref="ArgumentException">Shapes do not fit together.</exception>
    public static Tensor GroupNorm(
        Tensor input, Tensor? weight, Tensor? bias, int groups, float epsilon, bool silu = false, Tensor? scaleShift = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        var (batch, channels) = (input.Shape[0], input.Shape[-1]);
        var pixels = input.Shape.Elements / Math.Max(1, batch * channels);
        Operand.RequireShape(weight, new TensorShape(channels), nameof(weight));
        Operand.RequireShape(bias, new TensorShape(channels), nameof(bias));
        Operand.RequireShape(scaleShift, new TensorShape(batch, 2 * channels), nameof(scaleShift));
        var session = input.Session;
        var output = session.Result(input.Shape, input, weight, bias, scaleShift);
        var statistics = output.RequiresGradient ? session.Empty(new TensorShape(2, batch, groups)) : null;
        var (mean, deviation) = Halves(statistics?.Single ?? default);
        var (scale, shift) = ScaleAndShift(scaleShift?.Single ?? default, channels);
        NormalizationOperations.GroupNorm.Launch(session.Device, new GroupNormArguments
        {
            Input = input.Single,
            Output = output.Single,
            Weight = weight?.Single ?? default,
            Bias = bias?.Single ?? default,
            Scale = scale,
            Shift = shift,
            ScaleShiftStride = 2 * channels,
            Mean = mean,
            ReciprocalDeviation = deviation,
            Batch = batch,
            Pixels = pixels,
            Channels = channels,
            Groups = groups,
            Epsilon = epsilon,
            Silu = silu,
        });
        session.Record(
            output,
            context =>
            {
                using var targets = new GradientTargets(context);
                var (scaleGradient, shiftGradient) = ScaleAndShift(targets.Overwrite(scaleShift), channels);
                NormalizationOperations.GroupNormBackward.Launch(context.Device, new GroupNormBackwardArguments
                {
                    Input = input.Single,
                    Mean = mean,
                    ReciprocalDeviation = deviation,
                    Weight = weight?.Single ?? default,
                    Bias = bias?.Single ?? default,
                    Scale = scale,
                    Shift = shift,
                    ScaleShiftStride = 2 * channels,
                    OutputGradient = context.Gradient.Single,
                    InputGradient = targets.Overwrite(input),
                    WeightGradient = targets.Accumulate(weight),
                    BiasGradient = targets.Accumulate(bias),
                    ScaleGradient = scaleGradient,
                    ShiftGradient = shiftGradient,
                    Accumulate = true,
                    Batch = batch,
                    Pixels = pixels,
                    Channels = channels,
                    Groups = groups,
                    Silu = silu,
                });
            },
            input,
            statistics,
            weight,
            bias,
            scaleShift);
        return output;
    }

    /// <summary>Layer normalisation over the last dimension.</summary>
    /// <param name="input">[..., channels].</param>
    /// <param name="weight">[channels], or null for one.</param>
    /// <param name="bias">[channels], or null for zero.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static Tensor LayerNorm(Tensor input, Tensor? weight, Tensor? bias, float epsilon)
    {
        ArgumentNullException.ThrowIfNull(input);
        var (rows, columns) = (input.Shape.ElementsBefore(-1), input.Shape[-1]);
        Operand.RequireShape(weight, new TensorShape(columns), nameof(weight));
        Operand.RequireShape(bias, new TensorShape(columns), nameof(bias));
        var session = input.Session;
        var output = session.Result(input.Shape, input, weight, bias);
        var statistics = output.RequiresGradient ? session.Empty(new TensorShape(2, rows)) : null;
        var (mean, deviation) = Halves(statistics?.Single ?? default);
        NormalizationOperations.LayerNorm.Launch(session.Device, new LayerNormArguments
        {
            Input = input.Single,
            Output = output.Single,
            Weight = weight?.Single ?? default,
            Bias = bias?.Single ?? default,
            Mean = mean,
            ReciprocalDeviation = deviation,
            Rows = rows,
            Columns = columns,
            Epsilon = epsilon,
        });
        session.Record(
            output,
            context =>
            {
                using var targets = new GradientTargets(context);
                NormalizationOperations.LayerNormBackward.Launch(context.Device, new LayerNormBackwardArguments
                {
                    Input = input.Single,
                    Mean = mean,
                    ReciprocalDeviation = deviation,
                    Weight = weight?.Single ?? default,
                    OutputGradient = context.Gradient.Single,
                    InputGradient = targets.Overwrite(input),
                    WeightGradient = targets.Accumulate(weight),
                    BiasGradient = targets.Accumulate(bias),
                    Accumulate = true,
                    Rows = rows,
                    Columns = columns,
                });
            },
            input,
            statistics,
            weight);
        return output;
    }

    /// <summary>Batch normalisation over the last dimension with the statistics of the batch; updates the running ones in place.</summary>
    /// <param name="input">[..., channels].</param>
    /// <param name="weight">[channels], or null for one.</param>
    /// <param name="bias">[channels], or null for zero.</param>
    /// <param name="runningMean">[channels]; not differentiated.</param>
    /// <param name="runningVariance">[channels]; not differentiated.</param>
    /// <param name="momentum">The part of the batch's statistics in the new running ones.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static Tensor BatchNormTraining(
        Tensor input, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVariance, float momentum, float epsilon)
    {
        ArgumentNullException.ThrowIfNull(input);
        var (rows, channels) = (input.Shape.ElementsBefore(-1), input.Shape[-1]);
        var session = input.Session;
        var output = session.Result(input.Shape, input, weight, bias);
        var statistics = output.RequiresGradient ? session.Empty(new TensorShape(2, channels)) : null;
        var (mean, deviation) = Halves(statistics?.Single ?? default);
        NormalizationOperations.BatchNormTraining.Launch(session.Device, new BatchNormTrainingArguments
        {
            Input = input.Single,
            Output = output.Single,
            Weight = weight?.Single ?? default,
            Bias = bias?.Single ?? default,
            RunningMean = runningMean?.Single ?? default,
            RunningVariance = runningVariance?.Single ?? default,
            Mean = mean,
            ReciprocalDeviation = deviation,
            Rows = rows,
            Channels = channels,
            Momentum = momentum,
            Epsilon = epsilon,
        });
        session.Record(
            output,
            context =>
            {
                using var targets = new GradientTargets(context);
                NormalizationOperations.BatchNormTrainingBackward.Launch(context.Device, new BatchNormTrainingBackwardArguments
                {
                    Input = input.Single,
                    Mean = mean,
                    ReciprocalDeviation = deviation,
                    Weight = weight?.Single ?? default,
                    OutputGradient = context.Gradient.Single,
                    InputGradient = targets.Overwrite(input),
                    WeightGradient = targets.Accumulate(weight),
                    BiasGradient = targets.Accumulate(bias),
                    Accumulate = true,
                    Rows = rows,
                    Channels = channels,
                });
            },
            input,
            statistics,
            weight);
        return output;
    }

    /// <summary>Batch normalisation over the last dimension with running statistics, which are constants to the gradient.</summary>
    public static Tensor BatchNormEvaluation(
        Tensor input, Tensor? weight, Tensor? bias, Tensor runningMean, Tensor runningVariance, float epsilon)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(runningMean);
        ArgumentNullException.ThrowIfNull(runningVariance);
        var (rows, channels) = (input.Shape.ElementsBefore(-1), input.Shape[-1]);
        var session = input.Session;
        var output = session.Result(input.Shape, input, weight, bias);
        NormalizationOperations.BatchNormEvaluation.Launch(session.Device, new BatchNormEvaluationArguments
        {
            Input = input.Single,
            Output = output.Single,
            RunningMean = runningMean.Single,
            RunningVariance = runningVariance.Single,
            Weight = weight?.Single ?? default,
            Bias = bias?.Single ?? default,
            Rows = rows,
            Channels = channels,
            Epsilon = epsilon,
        });
        session.Record(
            output,
            context =>
            {
                using var targets = new GradientTargets(context);
                NormalizationOperations.BatchNormEvaluationBackward.Launch(context.Device, new BatchNormEvaluationBackwardArguments
                {
                    Input = input.Single,
                    RunningMean = runningMean.Single,
                    RunningVariance = runningVariance.Single,
                    Weight = weight?.Single ?? default,
                    OutputGradient = context.Gradient.Single,
                    InputGradient = targets.Overwrite(input),
                    WeightGradient = targets.Accumulate(weight),
                    BiasGradient = targets.Accumulate(bias),
                    Accumulate = true,
                    Rows = rows,
                    Channels = channels,
                    Epsilon = epsilon,
                });
            },
            input,
            weight,
            runningMean,
            runningVariance);
        return output;
    }

    private static (DeviceSpan<float> Mean, DeviceSpan<float> Deviation) Halves(DeviceSpan<float> statistics) =>
        statistics.IsAbsent
            ? (default, default)
            : (statistics.Slice(0, statistics.Length / 2), statistics.Slice(statistics.Length / 2, statistics.Length / 2));

    private static (DeviceSpan<float> Scale, DeviceSpan<float> Shift) ScaleAndShift(DeviceSpan<float> both, int channels) =>
        both.IsAbsent
            ? (default, default)
            : (both.Slice(0, both.Length - channels), both.Slice(channels, both.Length - channels));
}
