using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Files.Onnx;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using FileElementType = KernelDiff.Engine.Files.ElementType;
using FileTensor = KernelDiff.Engine.Files.TensorDeclaration;

namespace KernelDiff.Benchmarks;

/// <summary>
/// Writes what all sides of a comparison read: the workload, random weights under latent-diffusion's names, random inputs in PyTorch's
/// layouts and, for ONNX Runtime, the exported network.
/// </summary>
internal static class WorkloadFolder
{
    /// <summary>Distance of a decoder's latents from a codeword: so near that rounding cannot change which is the nearest.</summary>
    private const float CodewordDistance = 1e-4f;

    private const float Timestep = 500;

    /// <summary>Bound of a uniform distribution of unit variance.</summary>
    private static readonly float UnitVariance = MathF.Sqrt(3);

    public static string WeightsOf(string folder) => Path.Combine(folder, "weights.safetensors");

    public static string InputsOf(string folder) => Path.Combine(folder, "inputs.safetensors");

    public static string OnnxOf(string folder) => Path.Combine(folder, "network.onnx");

    /// <exception cref="IOException">There is no room for the files.</exception>
    public static void Write(string folder, Workload workload, bool withOnnx)
    {
        workload.Save(folder);
        WriteWeights(folder, workload);
        using var weights = WeightFile.Open(WeightsOf(folder));
        WriteInputs(folder, workload, weights);
        if (withOnnx)
        {
            OnnxExport.Write(
                OnnxOf(folder),
                workload.Model,
                workload.Part,
                specification => weights.ReadSingle(weights.Find(workload.Prefix + specification.Name)));
        }
    }

    private static void WriteWeights(string folder, Workload workload)
    {
        var specifications = workload.Part == ModelPart.UNet
            ? new UNet(workload.Model.UNet!).Specifications
            : new VqAutoencoder(workload.Model.FirstStage.Vq!).Specifications;
        using var writer = new SafeTensorsWriter(
            WeightsOf(folder), specifications.Select(specification => Declare(workload.Prefix + specification.Name, [.. specification.FileShape])));
        for (var i = 0; i < specifications.Count; i++)
        {
            writer.Write(workload.Prefix + specifications[i].Name, Weights(specifications[i], seed: i));
        }

        writer.Commit();
    }

    /// <summary>
    /// Values that keep activations at unit variance. None is zero, as the last layers of blocks are in a network that is new: every
    /// layer counts in a comparison of outputs.
    /// </summary>
    private static float[] Weights(ParameterSpecification specification, int seed)
    {
        var shape = specification.FileShape;
        if (specification.Initializer == Initializer.One)
        {
            return Uniform(shape.Elements, seed, center: 1, bound: 0.1f);
        }

        return shape.Rank == 1
            ? Uniform(shape.Elements, seed, center: 0, bound: 0.1f)
            : Uniform(shape.Elements, seed, center: 0, bound: UnitVariance / MathF.Sqrt(shape.Elements / shape[0]));
    }

    private static void WriteInputs(string folder, Workload workload, WeightFile weights)
    {
        var (batch, edge) = (workload.Batch, workload.Model.LatentSize);
        var channels = workload.Model.FirstStage.LatentChannels;
        var inputs = new List<(FileTensor Declaration, float[] Values)>();
        if (workload.Part == ModelPart.UNet)
        {
            Add("latent", Uniform(batch * channels * edge * edge, seed: -1, center: 0, UnitVariance), batch, channels, edge, edge);
            Add("noise", Uniform(batch * channels * edge * edge, seed: -2, center: 0, UnitVariance), batch, channels, edge, edge);
            Add("timesteps", [.. Enumerable.Repeat(Timestep, batch)], batch);
        }
        else
        {
            Add("latent", NearCodewords(weights, workload, batch * edge * edge), batch, channels, edge, edge);
        }

        if (workload.Tokens > 0)
        {
            var width = workload.Model.UNet!.ContextChannels!.Value;
            Add("context", Uniform(batch * workload.Tokens * width, seed: -3, center: 0, UnitVariance), batch, workload.Tokens, width);
        }

        using var writer = new SafeTensorsWriter(InputsOf(folder), inputs.Select(input => input.Declaration));
        foreach (var (declaration, values) in inputs)
        {
            writer.Write(declaration.Name, values);
        }

        writer.Commit();

        void Add(string name, float[] values, params int[] shape) => inputs.Add((Declare(name, shape), values));
    }

    /// <summary>[pixels / area, channels, area] for one image after another, each pixel beside a random codeword.</summary>
    private static float[] NearCodewords(WeightFile weights, Workload workload, int pixels)
    {
        var codebook = weights.ReadSingle(weights.Find(workload.Prefix + "quantize.embedding.weight"));
        var channels = workload.Model.FirstStage.LatentChannels;
        var area = workload.Model.LatentSize * workload.Model.LatentSize;
        var random = new Random(1);
        var latent = new float[pixels * channels];
        for (var pixel = 0; pixel < pixels; pixel++)
        {
            var codeword = random.Next(codebook.Length / channels);
            for (var channel = 0; channel < channels; channel++)
            {
                var place = (((pixel / area * channels) + channel) * area) + (pixel % area);
                latent[place] = codebook[(codeword * channels) + channel] + (CodewordDistance * random.NextSingle());
            }
        }

        return latent;
    }

    private static float[] Uniform(int length, int seed, float center, float bound)
    {
        var random = new Random(seed);
        var values = new float[length];
        for (var i = 0; i < length; i++)
        {
            values[i] = center + (bound * ((2 * random.NextSingle()) - 1));
        }

        return values;
    }

    private static FileTensor Declare(string name, int[] shape) => new(name, FileElementType.F32, shape);
}
