using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;

namespace KernelDiff.Engine.Profiling;

/// <summary>One prediction of a UNet, or one training step: forward, backward with activation checkpointing, AdamW, moving average.</summary>
internal sealed class UNetWorkload : NetworkWorkload
{
    /// <summary>Context tokens: 40 attributes and 19 classes of a mask.</summary>
    private const int ContextTokens = 59;

    private const float Timestep = 500;
    private const uint LatentStream = 1;
    private const uint NoiseStream = 2;
    private const uint ContextStream = 3;

    private readonly UNetConfiguration configuration;
    private readonly UNet network;
    private readonly AdamW? optimizer;
    private readonly ExponentialMovingAverage? average;

    public UNetWorkload(Session session, UNetConfiguration configuration, int batch, int latentSize, bool isTraining)
        : this(session, configuration, new UNet(configuration with { Checkpointing = true }), batch, latentSize, isTraining)
    {
    }

    private UNetWorkload(
        Session session, UNetConfiguration configuration, UNet network, int batch, int latentSize, bool isTraining)
        : base(session, network, isTraining)
    {
        this.configuration = configuration;
        this.network = network;
        InputShape = new TensorShape(batch, latentSize, latentSize, configuration.InputChannels);
        if (isTraining)
        {
            optimizer = new AdamW(session, Arena, new AdamWOptions());
            average = new ExponentialMovingAverage(session, Arena);
        }
    }

    public override TensorShape InputShape { get; }

    private protected override void RunOnce()
    {
        if (optimizer is null)
        {
            using var scope = Session.BeginWithoutGradient();
            Predict();
        }
        else
        {
            Train();
        }
    }

    private protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            optimizer?.Dispose();
            average?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Train()
    {
        Arena.ClearGradients();
        using (var tape = Session.BeginTape())
        {
            // A mask that is concatenated to the latent goes in and does not come out.
            var prediction = Predict();
            tape.Backward(LossFunctions.SquaredError(prediction, Normal(NoiseStream, prediction.Shape)).Mean);
        }

        using var scope = Session.BeginScope();
        optimizer!.Step();
        average!.Update();
    }

    private Tensor Predict()
    {
        var batch = InputShape[0];
        var timesteps = new float[batch];
        timesteps.AsSpan().Fill(Timestep);
        var context = configuration.ContextChannels is { } channels
            ? Normal(ContextStream, new TensorShape(batch, ContextTokens, channels))
            : null;
        return network.Forward(Normal(LatentStream, InputShape), Session.FromValues<float>(timesteps, new TensorShape(batch)), context);
    }
}
