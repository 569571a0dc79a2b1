using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Networks;
using ElementType = KernelDiff.Engine.Files.ElementType;

namespace KernelDiff.Engine.Tests.Models;

/// <summary>A small model and the state dict of a checkpoint of it, to be changed before it is written.</summary>
internal sealed class Checkpoint
{
    public Checkpoint(ModelConfiguration configuration)
    {
        foreach (var specification in ModelParameters.Of(configuration))
        {
            Tensors[specification.Name] = (ElementType.F32, specification.FileShape.ToArray(), Values(specification.Name, specification.FileShape.Elements));
        }
    }

    public static ModelConfiguration Small { get; } = new()
    {
        Name = "small",
        ImageSize = 32,
        FirstStage = new FirstStageConfiguration
        {
            Vq = new VqAutoencoderConfiguration
            {
                Encoder = new EncoderConfiguration
                {
                    DoubleLatent = false,
                    LatentChannels = 3,
                    Resolution = 32,
                    InputChannels = 3,
                    OutputChannels = 3,
                    Channels = 32,
                    ChannelMultipliers = [1, 1],
                    ResidualBlocks = 1,
                },
                Codewords = 16,
                LatentChannels = 3,
            },
        },
        UNet = new UNetConfiguration
        {
            InputChannels = 3,
            OutputChannels = 3,
            ModelChannels = 32,
            AttentionResolutions = [],
            ResidualBlocks = 1,
            ChannelMultipliers = [1],
            Heads = 1,
        },
    };

    public static ModelConfiguration SmallFirstStage { get; } = Small with { UNet = null };

    /// <summary>By name: type, shape, values.</summary>
    public Dictionary<string, (ElementType Type, int[] Shape, float[] Values)> Tensors { get; } = [];

    /// <summary>Values that differ from name to name and that every floating-point type holds exactly.</summary>
    public static float[] Values(string name, int count)
    {
        var start = name.Sum(character => character);
        return [.. Enumerable.Range(0, count).Select(index => (((start + index) % 257) - 128) / 64f)];
    }

    public string Write(string path)
    {
        using var writer = new SafeTensorsWriter(
            path, Tensors.Select(tensor => new TensorDeclaration(tensor.Key, tensor.Value.Type, tensor.Value.Shape)));
        foreach (var (name, (_, _, values)) in Tensors)
        {
            writer.Write(name, values);
        }

        writer.Commit();
        return path;
    }
}
