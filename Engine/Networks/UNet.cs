using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Networks;

/// <summary>
/// The UNet of CompVis latent-diffusion (<c>ldm/modules/diffusionmodules/openaimodel.py</c>), with its options and its parameter names.
/// Predicts the noise in a latent.
/// </summary>
public sealed class UNet : Module
{
    private readonly UNetConfiguration configuration;
    private readonly Linear time1;
    private readonly Linear time2;
    private readonly ClassTable? classes;
    private readonly Convolution2d input;
    private readonly List<UNetStage> down = [];
    private readonly UNetStage middle;
    private readonly List<UNetStage> up = [];
    private readonly GroupNorm outputNorm;
    private readonly Convolution2d output;

    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    public UNet(UNetConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Validate();
        this.configuration = configuration;
        var width = configuration.ModelChannels;
        time1 = Add("time_embed.0", new Linear(width, 4 * width));
        time2 = Add("time_embed.2", new Linear(4 * width, 4 * width));
        classes = configuration.Classes is { } count ? Add("label_emb", new ClassTable(count, 4 * width)) : null;
        input = Add("input_blocks.0.0", UNetLayers.Convolution(configuration.InputChannels, width));

        var heads = new UNetHeads(configuration);
        var skips = new Stack<int>([width]);
        var (channels, factor, index) = (width, 1, 1);
        for (var level = 0; level < configuration.ChannelMultipliers.Length; level++)
        {
            for (var block = 0; block < configuration.ResidualBlocks; block++)
            {
                var stage = Stage(down, $"input_blocks.{index++}", configuration.Recomputes(level));
                stage.AddResidual(channels, width * configuration.ChannelMultipliers[level]);
                channels = width * configuration.ChannelMultipliers[level];
                stage.AddAttention(channels, factor, heads, isUpsampling: false);
                skips.Push(channels);
            }

            if (level < configuration.ChannelMultipliers.Length - 1)
            {
                // A convolution alone keeps nothing but its input, which is kept anyway.
                var recomputes = configuration.ResidualResampling && configuration.Recomputes(level);
                Stage(down, $"input_blocks.{index++}", recomputes).AddDownsampling(channels);
                skips.Push(channels);
                factor *= 2;
            }
        }

        middle = Add("middle_block", new UNetStage(configuration, configuration.Recomputes(configuration.ChannelMultipliers.Length - 1)));
        middle.AddResidual(channels, channels);
        middle.AddAttention(channels, null, heads, isUpsampling: false);
        middle.AddResidual(channels, channels);

        index = 0;
        for (var level = configuration.ChannelMultipliers.Length - 1; level >= 0; level--)
        {
            for (var block = 0; block <= configuration.ResidualBlocks; block++)
            {
                // The last block is the first one on the way back: what it keeps is needed at once.
                var isLast = level == 0 && block == configuration.ResidualBlocks;
                var stage = Stage(up, $"output_blocks.{index++}", !isLast && configuration.Recomputes(level));
                stage.AddResidual(channels + skips.Pop(), width * configuration.ChannelMultipliers[level]);
                channels = width * configuration.ChannelMultipliers[level];
                stage.AddAttention(channels, factor, heads, isUpsampling: true);
                if (level > 0 && block == configuration.ResidualBlocks)
                {
                    stage.AddUpsampling(channels);
                    factor /= 2;
                }
            }
        }

        outputNorm = Add("out.0", UNetLayers.Norm(channels));
        output = Add("out.2", UNetLayers.Convolution(width, configuration.OutputChannels, initializer: Initializer.Zero));
    }

    /// <summary>Both edges of a latent must be multiples of this.</summary>
    public int SizeMultiple => 1 << (configuration.ChannelMultipliers.Length - 1);

    /// <summary>The noise that the network sees in a latent.</summary>
    /// <param name="latent">[batch, height, width, input channels], edges multiples of <see cref="SizeMultiple"/>.</param>
    /// <param name="timesteps">[batch], 0 to 999, integral or not.</param>
    /// <param name="context">[batch, tokens, context channels], or null.</param>
    /// <param name="labels">int32 [batch], for class-conditional networks.</param>
    /// <param name="dropoutKey">While training with dropout; null for none.</param>
    /// <returns>[batch, height, width, output channels].</returns>
    /// <exception cref="ArgumentException">An operand does not fit the configuration.</exception>
    public Tensor Forward(
        Tensor latent, Tensor timesteps, Tensor? context = null, Tensor? labels = null, RandomKey? dropoutKey = null)
    {
        Validate(latent, timesteps, context, labels);
        return latent.Session.Scoped(() =>
        {
            var embedding = time2.Forward(Elementwise.Silu(time1.Forward(Embeddings.Timesteps(timesteps, configuration.ModelChannels))));
            if (classes is not null)
            {
                embedding = Arithmetic.Add(embedding, classes.Forward(labels!));
            }

            return Run(latent, new UNetCall(Elementwise.Silu(embedding), context, dropoutKey));
        });
    }

    private Tensor Run(Tensor latent, UNetCall call)
    {
        var session = latent.Session;
        var hidden = input.Forward(latent);
        var skips = new Stack<Tensor>([hidden]);
        foreach (var stage in down)
        {
            hidden = stage.Forward(hidden, call);
            skips.Push(hidden);
        }

        hidden = middle.Forward(hidden, call);
        foreach (var stage in up)
        {
            // The joined tensor is as large as both parts: neither they nor it may outlive what reads them.
            var (previous, skip) = (hidden, skips.Pop());
            var joined = Structure.Concat(3, previous, skip);
            session.Release(previous, skip);
            hidden = joined.Consume(both => stage.Forward(both, call));
        }

        return hidden.Consume(last => outputNorm.Forward(last, silu: true)).Consume(normed => output.Forward(normed));
    }

    private UNetStage Stage(List<UNetStage> stages, string name, bool recomputes)
    {
        var stage = Add(name, new UNetStage(configuration, recomputes));
        stages.Add(stage);
        return stage;
    }

    private void Validate(Tensor latent, Tensor timesteps, Tensor? context, Tensor? labels)
    {
        Operand.RequireRank(latent, 4, nameof(latent));
        Operand.RequireRank(timesteps, 1, nameof(timesteps));
        var batch = latent.Shape[0];
        if (latent.Shape[3] != configuration.InputChannels
            || latent.Shape[1] % SizeMultiple != 0
            || latent.Shape[2] % SizeMultiple != 0)
        {
            throw new ArgumentException(
                $"The latent has shape {latent.Shape}; the network takes [batch, height, width, {configuration.InputChannels}] "
                + $"with edges that are multiples of {SizeMultiple}.",
                nameof(latent));
        }

        Operand.RequireShape(timesteps, new TensorShape(batch), nameof(timesteps));
        if (context is not null)
        {
            Operand.RequireRank(context, 3, nameof(context));
            if (configuration.ContextChannels is not { } channels)
            {
                throw new ArgumentException("The network takes no context.", nameof(context));
            }

            Operand.RequireShape(context, new TensorShape(batch, context.Shape[1], channels), nameof(context));
        }
        else if (configuration.ContextChannels is { } channels)
        {
            throw new ArgumentException($"The network needs a context of shape [{batch}, tokens, {channels}].", nameof(context));
        }

        if (labels is null != configuration.Classes is null)
        {
            throw new ArgumentException(
                configuration.Classes is null ? "The network takes no class labels." : "The network needs a class label for each latent.",
                nameof(labels));
        }

        Operand.RequireShape(labels, new TensorShape(batch), nameof(labels));
    }

    private sealed class ClassTable : Module
    {
        private readonly ParameterSlot weight;

        public ClassTable(int classes, int channels)
        {
            weight = Declare(ParameterSpecification.Plain("weight", new TensorShape(classes, channels), Initializer.Normal(1)));
        }

        public Tensor Forward(Tensor labels) => Embeddings.Lookup(labels, weight.Value);
    }
}
