using System.Diagnostics;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Demo;

/// <summary>Settings of the demonstration.</summary>
public sealed record DemoOptions
{
    /// <summary>Optimiser steps.</summary>
    public int Steps { get; init; } = 300;

    /// <summary>Pictures per step.</summary>
    public int Batch { get; init; } = 16;

    public ulong Seed { get; init; } = 1;

    public float LearningRate { get; init; } = 2e-3f;

    /// <summary>Steps over which the learning rate rises from zero.</summary>
    public int WarmUp { get; init; } = 20;
}

/// <summary>What a step of the demonstration reports.</summary>
/// <param name="Step">1 for the first.</param>
/// <param name="Loss">Mean squared error between restored and clean pictures, in units of [-1, 1].</param>
/// <param name="GradientNorm">L2 norm of all gradients before clipping.</param>
/// <param name="Duration">Of the whole step, drawing the data included.</param>
public sealed record DemoStep(int Step, float Loss, float GradientNorm, TimeSpan Duration);

/// <summary>Trains the <see cref="DenoisingNetwork"/> on <see cref="ShapesData"/>: same seed, same losses, on every device within rounding.</summary>
public sealed class DemoTrainer : IDisposable
{
    private const int MaximumLevel = 1000;
    private const uint NoiseStream = 1;
    private const uint LevelStream = 2;

    /// <summary>Pictures from here on are never trained on.</summary>
    private const long HeldOut = 1L << 30;

    private readonly DemoOptions options;
    private readonly Session session;
    private readonly DenoisingNetwork network;
    private readonly ParameterArena arena;
    private readonly AdamW optimizer;

    /// <param name="device">Stays the caller's.</param>
    /// <param name="options">Settings.</param>
    public DemoTrainer(Device device, DemoOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        session = new Session(device);
        network = new DenoisingNetwork();
        arena = network.Materialize(session, withGradients: true);
        arena.Initialize(options.Seed);
        optimizer = new AdamW(session, arena, new AdamWOptions { LearningRate = options.LearningRate, MaximumGradientNorm = 1 });
    }

    /// <summary>Values in the network.</summary>
    public long ParameterCount => arena.ParameterCount;

    /// <summary>One optimiser step on fresh pictures.</summary>
    public DemoStep Step()
    {
        var start = Stopwatch.GetTimestamp();
        var step = optimizer.Steps;
        arena.ClearGradients();
        using var tape = session.BeginTape();
        var first = (long)step * options.Batch;
        var levels = new float[options.Batch];
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] = MaximumLevel * new Philox(options.Seed, LevelStream, (ulong)(first + i)).NextSingle();
        }

        var clean = Pictures(first, options.Batch);
        var restored = network.Forward(Noisy(clean, levels, first), Levels(levels));
        var loss = LossFunctions.SquaredError(restored, clean).Mean;
        tape.Backward(loss);
        var norm = optimizer.Step(Math.Min(1, (step + 1f) / options.WarmUp));
        return new DemoStep(step + 1, loss.ToScalar(), norm.ToScalar(), Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Pictures the network has not seen, at rising noise levels: noisy ones above, restored below them, the truth at the bottom.</summary>
    /// <param name="columns">Number of pictures.</param>
    /// <param name="scale">Pixels along the edge of a picture's pixel.</param>
    public RgbImage Show(int columns = 8, int scale = 3)
    {
        using var scope = session.BeginWithoutGradient();
        var levels = new float[columns];
        for (var i = 0; i < columns; i++)
        {
            levels[i] = MaximumLevel * (i + 1f) / (columns + 1);
        }

        var clean = Pictures(HeldOut, columns);
        var noisy = Noisy(clean, levels, HeldOut);
        var restored = network.Forward(noisy, Levels(levels));
        return Contact([noisy.ToArray(), restored.ToArray(), clean.ToArray()], columns, scale);
    }

    public void Dispose()
    {
        optimizer.Dispose();
        arena.Dispose();
        session.Dispose();
    }

    private Tensor Pictures(long first, int count) => session.FromValues<float>(
        ShapesData.Draw(options.Seed, first, count),
        new TensorShape(count, ShapesData.Size, ShapesData.Size, ShapesData.Channels));

    private Tensor Levels(float[] levels) => session.FromValues<float>(levels, new TensorShape(levels.Length));

    /// <summary>cos(a) · clean + sin(a) · noise with a from 0 to a right angle: the variance stays that of the pictures and the noise.</summary>
    private Tensor Noisy(Tensor clean, float[] levels, long firstImage)
    {
        var key = new RandomKey { Seed = options.Seed, Stream = NoiseStream, FirstImage = (int)firstImage };
        var noise = RandomTensors.Normal(session, clean.Shape, key);
        var angles = Array.ConvertAll(levels, level => level / MaximumLevel * MathF.PI / 2);
        return Arithmetic.Mix(
            clean, Levels(Array.ConvertAll(angles, MathF.Cos)), noise, Levels(Array.ConvertAll(angles, MathF.Sin)));
    }

    private static RgbImage Contact(float[][] rows, int columns, int scale)
    {
        var edge = (ShapesData.Size * scale) + 2;
        var (width, height) = ((columns * edge) + 2, (rows.Length * edge) + 2);
        var pixels = new byte[width * height * 3];
        pixels.AsSpan().Fill(255);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (column, row) = ((x - 2) / edge, (y - 2) / edge);
                var (inX, inY) = ((x - 2) % edge / scale, (y - 2) % edge / scale);
                if (x < 2 || y < 2 || inX >= ShapesData.Size || inY >= ShapesData.Size)
                {
                    continue;
                }

                var source = (((((column * ShapesData.Size) + inY) * ShapesData.Size) + inX) * 3);
                for (var channel = 0; channel < 3; channel++)
                {
                    pixels[(((y * width) + x) * 3) + channel] =
                        (byte)Math.Clamp(MathF.Round((rows[row][source + channel] + 1) * 127.5f), 0, 255);
                }
            }
        }

        return new RgbImage(width, height, pixels);
    }
}
