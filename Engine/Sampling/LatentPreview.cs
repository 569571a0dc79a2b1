using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Sampling;

/// <summary>
/// Rough pictures of latents without decoding them: a linear map from a latent pixel to a colour, fitted by least squares to the first
/// latents it is asked for, which are decoded once.
/// </summary>
public sealed class LatentPreview
{
    private const int Channels = 3;

    /// <summary>Keeps the fit from following single pixels where latents hardly vary.</summary>
    private const double Ridge = 1e-3;

    private readonly FaceModel model;
    private double[,]? map;

    /// <param name="model">Decodes the first latents; stays the caller's.</param>
    public LatentPreview(FaceModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
    }

    /// <summary>A picture of each latent, as large as the latent.</summary>
    /// <param name="latents">[batch, size, size, channels], at the scale of the network.</param>
    public IReadOnlyList<RgbImage> Draw(Tensor latents)
    {
        ArgumentNullException.ThrowIfNull(latents);
        using var scope = latents.Session.BeginWithoutGradient();
        var values = latents.ToArray();
        var (size, channels) = (latents.Shape[1], latents.Shape[3]);
        map ??= Fit(values, Colours(latents), channels);
        var pixels = new byte[values.Length / channels * Channels];
        for (var pixel = 0; pixel < values.Length / channels; pixel++)
        {
            for (var colour = 0; colour < Channels; colour++)
            {
                var value = map[channels, colour];
                for (var channel = 0; channel < channels; channel++)
                {
                    value += values[(pixel * channels) + channel] * map[channel, colour];
                }

                pixels[(pixel * Channels) + colour] = (byte)Math.Clamp(Math.Round(value), 0, 255);
            }
        }

        return ImagePixels.Split(pixels, latents.Shape[0], size);
    }

    /// <summary>The decoded latents, brought to the latents' size.</summary>
    private byte[] Colours(Tensor latents)
    {
        var size = model.Configuration.ImageSize;
        var images = ImagePixels.Split(ImagePixels.FromTensor(model.Decode(latents)), latents.Shape[0], size);
        return [.. images.SelectMany(image => Resizing.Resize(image, latents.Shape[2], latents.Shape[1]).Pixels)];
    }

    /// <summary>The map [channels + 1][3] that minimises the squared error; the last row is the constant.</summary>
    internal static double[,] Fit(float[] latents, byte[] colours, int channels)
    {
        var unknowns = channels + 1;
        var system = new double[unknowns, unknowns + Channels];
        var row = new double[unknowns];
        row[channels] = 1;
        for (var pixel = 0; pixel < latents.Length / channels; pixel++)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                row[channel] = latents[(pixel * channels) + channel];
            }

            for (var i = 0; i < unknowns; i++)
            {
                for (var j = 0; j < unknowns; j++)
                {
                    system[i, j] += row[i] * row[j];
                }

                for (var colour = 0; colour < Channels; colour++)
                {
                    system[i, unknowns + colour] += row[i] * colours[(pixel * Channels) + colour];
                }
            }
        }

        for (var i = 0; i < channels; i++)
        {
            system[i, i] += Ridge * latents.Length / channels;
        }

        return Solve(system, unknowns);
    }

    /// <summary>Gauss and Jordan's elimination with pivots; the system is symmetric and positive definite.</summary>
    private static double[,] Solve(double[,] system, int unknowns)
    {
        for (var column = 0; column < unknowns; column++)
        {
            var pivot = column;
            for (var i = column + 1; i < unknowns; i++)
            {
                pivot = Math.Abs(system[i, column]) > Math.Abs(system[pivot, column]) ? i : pivot;
            }

            for (var j = 0; j < unknowns + Channels; j++)
            {
                (system[column, j], system[pivot, j]) = (system[pivot, j], system[column, j]);
            }

            for (var i = 0; i < unknowns; i++)
            {
                if (i == column)
                {
                    continue;
                }

                var factor = system[i, column] / system[column, column];
                for (var j = column; j < unknowns + Channels; j++)
                {
                    system[i, j] -= factor * system[column, j];
                }
            }
        }

        var solution = new double[unknowns, Channels];
        for (var i = 0; i < unknowns; i++)
        {
            for (var colour = 0; colour < Channels; colour++)
            {
                solution[i, colour] = system[i, unknowns + colour] / system[i, i];
            }
        }

        return solution;
    }
}
