using KernelDiff.Engine.Data;

namespace KernelDiff.Engine.Recognition;

/// <summary>The networks that we train ourselves to measure generated faces with.</summary>
public static class RecognitionNetworks
{
    private const int Groups = 8;

    /// <summary>A UNet (Ronneberger et al., 2015) with group normalisation, whose outputs are the 19 classes.</summary>
    /// <param name="size">Edge of the pictures.</param>
    /// <param name="width">Channels at full resolution; every halving doubles them.</param>
    /// <param name="levels">Halvings.</param>
    /// <exception cref="ArgumentException">The size cannot be halved so often.</exception>
    public static LayerList Parser(int size, int width, int levels)
    {
        RequireHalvings(size, levels);
        var layers = new List<LayerDescription>();
        for (var level = 0; level <= levels; level++)
        {
            AddBlock(layers, $"down.{level}", width << level, 2);
            if (level < levels)
            {
                layers.Add(Halving);
            }
        }

        for (var level = levels - 1; level >= 0; level--)
        {
            layers.Add(new LayerDescription { Name = $"up.{level}.upsample", Kind = LayerKind.TransposedConvolution, Channels = width << level });
            layers.Add(new LayerDescription { Kind = LayerKind.Concat, From = [$"up.{level}.upsample", $"down.{level}"] });
            AddBlock(layers, $"up.{level}", width << level, 2);
        }

        layers.Add(new LayerDescription { Name = "out", Kind = LayerKind.Convolution, Channels = FaceClasses.Count });
        return new LayerList
        {
            Description = "face parser of kerneldiff train parser",
            InputSize = size,
            Classes = [.. Enumerable.Range(0, FaceClasses.Count)],
            Layers = layers,
        };
    }

    /// <summary>
    /// Convolutions with group normalisation and halvings, one window over the whole of what is left, a linear layer for the 40 attributes.
    /// Faces are aligned, so that the place of a feature tells much, which a mean over all pixels would lose.
    /// </summary>
    /// <param name="size">Edge of the pictures.</param>
    /// <param name="width">Channels at full resolution; every halving doubles them.</param>
    /// <param name="levels">Halvings.</param>
    /// <exception cref="ArgumentException">The size cannot be halved so often.</exception>
    public static LayerList Classifier(int size, int width, int levels)
    {
        RequireHalvings(size, levels);
        var layers = new List<LayerDescription>();
        for (var level = 0; level <= levels; level++)
        {
            AddBlock(layers, $"down.{level}", width << level, level == 0 ? 1 : 2);
            if (level < levels)
            {
                layers.Add(Halving);
            }
        }

        layers.Add(new LayerDescription { Name = "narrow", Kind = LayerKind.Convolution, Channels = width });
        layers.Add(new LayerDescription { Name = "whole", Kind = LayerKind.Convolution, Channels = width << levels, Kernel = size >> levels });
        layers.Add(new LayerDescription { Kind = LayerKind.Relu });
        layers.Add(new LayerDescription { Kind = LayerKind.Mean });
        layers.Add(new LayerDescription { Name = "out", Kind = LayerKind.Linear, Channels = FaceAttributes.Count });
        return new LayerList
        {
            Description = "attribute classifier of kerneldiff train classifier",
            InputSize = size,
            Attributes = FaceAttributes.Names,
            Layers = layers,
        };
    }

    private static LayerDescription Halving => new() { Kind = LayerKind.MaximumPool, Kernel = 2, Stride = 2 };

    /// <summary>Convolution, group normalisation and ReLU, so many times; the output bears the block's name.</summary>
    private static void AddBlock(List<LayerDescription> layers, string name, int channels, int convolutions)
    {
        for (var i = 0; i < convolutions; i++)
        {
            layers.Add(new LayerDescription { Name = $"{name}.conv{i}", Kind = LayerKind.Convolution, Channels = channels, Kernel = 3, Padding = 1 });
            layers.Add(new LayerDescription { Name = $"{name}.norm{i}", Kind = LayerKind.GroupNorm, Groups = Groups });
            layers.Add(new LayerDescription { Name = i == convolutions - 1 ? name : null, Kind = LayerKind.Relu });
        }
    }

    private static void RequireHalvings(int size, int levels)
    {
        if (size % (1 << levels) != 0)
        {
            throw new ArgumentException($"Pictures of edge {size} cannot be halved {levels} times (levels).", nameof(levels));
        }
    }
}
