namespace KernelDiff.Kernels.Optimizers;

/// <summary>The scalars of one AdamW step, rounded once from double precision.</summary>
internal struct AdamWStep
{
    /// <summary>1 - learningRate · weightDecay.</summary>
    public float Keep;

    public float Beta1;

    public float Beta2;

    /// <summary>1 - beta1.</summary>
    public float Rest1;

    /// <summary>1 - beta2.</summary>
    public float Rest2;

    /// <summary>learningRate / (1 - beta1^step).</summary>
    public float StepSize;

    /// <summary>1 / √(1 - beta2^step).</summary>
    public float RootCorrection;

    public float Epsilon;

    /// <summary>Added to the norm before dividing by it, as PyTorch's clipping does.</summary>
    public const float NormEpsilon = 1e-6f;

    public static AdamWStep Of(in AdamWArguments arguments)
    {
        double beta1 = arguments.Beta1, beta2 = arguments.Beta2;
        return new AdamWStep
        {
            Keep = (float)(1 - ((double)arguments.LearningRate * arguments.WeightDecay)),
            Beta1 = arguments.Beta1,
            Beta2 = arguments.Beta2,
            Rest1 = (float)(1 - beta1),
            Rest2 = (float)(1 - beta2),
            StepSize = (float)(arguments.LearningRate / (1 - Math.Pow(beta1, arguments.Step))),
            RootCorrection = (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, arguments.Step))),
            Epsilon = arguments.Epsilon,
        };
    }
}
