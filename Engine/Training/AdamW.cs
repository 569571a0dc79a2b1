using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Optimizers;

namespace KernelDiff.Engine.Training;

/// <summary>Settings of the optimiser.</summary>
public sealed record AdamWOptions
{
    public float LearningRate { get; init; } = 1e-4f;

    public float Beta1 { get; init; } = 0.9f;

    public float Beta2 { get; init; } = 0.999f;

    public float Epsilon { get; init; } = 1e-8f;

    public float WeightDecay { get; init; } = 0.01f;

    /// <summary>The norm above which gradients are scaled down to it; infinity for no clipping.</summary>
    public float MaximumGradientNorm { get; init; } = float.PositiveInfinity;

    /// <summary>The optimiser's part of a training's configuration.</summary>
    public static AdamWOptions Of(TrainingConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new AdamWOptions
        {
            LearningRate = configuration.LearningRate,
            Beta1 = configuration.Beta1,
            Beta2 = configuration.Beta2,
            WeightDecay = configuration.WeightDecay,
            MaximumGradientNorm = configuration.ClipNorm ?? float.PositiveInfinity,
        };
    }
}

/// <summary>AdamW over a whole arena: the gradient norm and the step are one launch each, and the host waits for neither.</summary>
public sealed class AdamW : IDisposable
{
    private readonly Session session;
    private readonly ParameterArena arena;
    private readonly AdamWOptions options;

    /// <param name="session">The arena's session.</param>
    /// <param name="arena">Made with gradients.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="ArgumentException">The arena has no gradients.</exception>
    public AdamW(Session session, ParameterArena arena, AdamWOptions options)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(arena);
        this.session = session;
        this.arena = arena;
        this.options = options;
        if (arena.Gradients.IsAbsent)
        {
            throw new ArgumentException("An optimiser needs an arena that was made with gradients.", nameof(arena));
        }

        FirstMoments = session.Device.Allocate<float>(arena.TrainedValues.Length);
        SecondMoments = session.Device.Allocate<float>(arena.TrainedValues.Length);
        FirstMoments.Clear();
        SecondMoments.Clear();
    }

    /// <summary>Running means of the gradients, in the arena's order.</summary>
    public DeviceSpan<float> FirstMoments { get; }

    /// <summary>Running means of the squared gradients, in the arena's order.</summary>
    public DeviceSpan<float> SecondMoments { get; }

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    /// <summary>One step with the gradients that the arena holds. A gradient that is not finite changes nothing.</summary>
    /// <param name="learningRateScale">Factor of the learning rate, for warm-up.</param>
    /// <returns>The norm of the gradients before clipping, in the innermost scope.</returns>
    public Tensor Step(float learningRateScale = 1)
    {
        Steps++;
        var norm = Reductions.Norm(session, arena.Gradients);
        OptimizersOperations.AdamW.Launch(session.Device, new AdamWArguments
        {
            Parameters = arena.TrainedValues,
            Gradients = arena.Gradients,
            FirstMoments = FirstMoments,
            SecondMoments = SecondMoments,
            Step = Steps,
            LearningRate = options.LearningRate * learningRateScale,
            Beta1 = options.Beta1,
            Beta2 = options.Beta2,
            Epsilon = options.Epsilon,
            WeightDecay = options.WeightDecay,
            GradientNorm = norm.Single,
            MaximumGradientNorm = options.MaximumGradientNorm,
        });
        return norm;
    }

    /// <summary>Goes on where another optimiser, whose moments were copied, had stopped.</summary>
    /// <param name="steps">Steps that it had taken.</param>
    internal void Restore(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        Steps = steps;
    }

    public void Dispose()
    {
        session.Device.Pool.Return(FirstMoments.Buffer!);
        session.Device.Pool.Return(SecondMoments.Buffer!);
    }
}
